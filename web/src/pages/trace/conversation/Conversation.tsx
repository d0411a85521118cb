import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { eventIdAt, type TraceModel } from "../model";
import { rowOf } from "../rows";
import { itemsOf } from "./items";
import { Turn } from "./Turn";

// A turn that has not been read yet; its real height is measured once it is in view.
const ASSUMED_PX = 120;

interface ConversationProps {
  projectId: string;
  traceId: string;
  model: TraceModel;
  chosenAt: number;
  onChoose: (eventId: string) => void;
}

/** The whole trace as one conversation: what each call added to it, the tools between, and what failed. */
export function Conversation({ projectId, traceId, model, chosenAt, onChoose }: ConversationProps) {
  const items = useMemo(() => itemsOf(model), [model]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ASSUMED_PX,
    getItemKey: (index) => eventIdAt(model, items[index] as number),
    overscan: 3,
  });
  const nearest = rowOf(items, chosenAt);
  const isHere = nearest >= 0 && items[nearest] === chosenAt;
  // Where the reader was in the tree is where the conversation begins; later only what is chosen elsewhere moves it.
  const last = useRef(-1);
  useEffect(() => {
    if (nearest < 0 || last.current === chosenAt) return;
    if (last.current === -1 || isHere)
      virtual.scrollToIndex(nearest, { align: last.current === -1 ? "start" : "auto" });
    last.current = chosenAt;
  }, [nearest, isHere, chosenAt, virtual]);
  if (items.length === 0) {
    return (
      <p className="p-4 text-dim">
        Nobody said anything in this trace: it has no model calls, messages or tools.
      </p>
    );
  }
  return (
    <div
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
      tabIndex={0}
      role="region"
      aria-label="Conversation"
      className="min-h-0 flex-1 overflow-auto"
    >
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => (
          <li
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${start}px)` }}
          >
            <Turn
              projectId={projectId}
              traceId={traceId}
              model={model}
              at={items[index] as number}
              above={index > 0 ? (items[index - 1] as number) : -1}
              isChosen={items[index] === chosenAt}
              onChoose={onChoose}
            />
          </li>
        ))}
      </ol>
    </div>
  );
}
