import { useRef } from "react";
import { useRowWindow, useShown } from "../../../components/useRowWindow";
import { eventIdAt, type TraceModel } from "../model";
import { rowOf } from "../rows";
import { BarTip } from "./BarTip";
import { Ruler } from "./Ruler";
import { ROW_PX, TreeRow } from "./TreeRow";
import type { TreeView } from "./useTreeView";

interface TraceTreeProps {
  model: TraceModel;
  tree: TreeView;
  chosenAt: number;
  found: Int32Array;
  onChoose: (eventId: string) => void;
}

/** The tree and its waterfall; only the rows in view exist. */
export function TraceTree({ model, tree, chosenAt, found, onChoose }: TraceTreeProps) {
  const { rows, isClosed, toggle } = tree;
  const scroller = useRef<HTMLDivElement>(null);
  const { first, end, show } = useRowWindow(scroller, rows.length, ROW_PX);
  const chosenRow = rowOf(rows, chosenAt);
  const hasRow = chosenRow >= 0 && rows[chosenRow] === chosenAt;
  useShown(show, hasRow ? chosenRow : -1, chosenAt < 0 ? null : eventIdAt(model, chosenAt));
  const isInView = hasRow && chosenRow >= first && chosenRow < end;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Ruler totalMs={model.total / 1_000} />
      <div
        ref={scroller}
        role="tree"
        aria-label="Events of the trace"
        aria-activedescendant={isInView ? `row-${chosenAt}` : undefined}
        tabIndex={0}
        data-rows={rows.length}
        className="min-h-0 flex-1 overflow-auto outline-none focus-visible:shadow-[inset_0_0_0_2px_var(--accent)]"
      >
        <div role="none" className="relative" style={{ height: rows.length * ROW_PX }}>
          {Array.from(rows.subarray(first, end), (at, offset) => (
            <TreeRow
              key={eventIdAt(model, at)}
              model={model}
              at={at}
              top={(first + offset) * ROW_PX}
              isChosen={at === chosenAt}
              isClosed={isClosed(at)}
              isFound={isAmong(found, at)}
              onChoose={onChoose}
              onToggle={toggle}
            />
          ))}
        </div>
        {rows.length === 0 ? (
          <p className="p-4 text-dim">Every event of this trace has a type that is switched off above.</p>
        ) : null}
      </div>
      <BarTip model={model} tree={scroller} />
    </div>
  );
}

function isAmong(found: Int32Array, at: number): boolean {
  return found[rowOf(found, at)] === at;
}
