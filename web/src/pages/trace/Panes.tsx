import type { ReactNode } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";

/** Two panes with a border that can be dragged, or moved by arrow keys; it stays where it was left. */
export function Panes({ left, right }: { left: ReactNode; right: ReactNode }) {
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({
    id: "watchllm.trace-panes",
    storage: localStorage,
  });
  return (
    <Group
      orientation="horizontal"
      className="min-h-0 flex-1"
      {...(defaultLayout ? { defaultLayout } : {})}
      onLayoutChanged={onLayoutChanged}
    >
      <Panel id="tree" defaultSize="60%" minSize="30%">
        {left}
      </Panel>
      <Separator
        aria-label="Width of the tree"
        className="w-px bg-line outline-none focus-visible:bg-accent data-[separator=active]:bg-accent data-[separator=hover]:bg-accent"
      />
      <Panel id="inspector" defaultSize="40%" minSize="22%">
        {right}
      </Panel>
    </Group>
  );
}
