import { Button } from "../../components/Button";
import { Copy } from "../../components/Copy";

interface SelectionBarProps {
  what: string;
  selected: ReadonlySet<string>;
  onClear: () => void;
}

/** What can be done with the selected rows. */
export function SelectionBar({ what, selected, onClear }: SelectionBarProps) {
  if (selected.size === 0) return null;
  return (
    <div className="flex h-10 shrink-0 items-center gap-3 border-line border-t bg-panel px-4 text-xs">
      <span className="font-medium tabular-nums" role="status">
        {selected.size} {what}
        {selected.size === 1 ? "" : "s"} selected
      </span>
      <span className="flex items-center text-dim">
        ids <Copy text={[...selected].join("\n")} label="Copy the ids" />
      </span>
      <Button onClick={onClear} className="ml-auto">
        Select nothing
      </Button>
    </div>
  );
}
