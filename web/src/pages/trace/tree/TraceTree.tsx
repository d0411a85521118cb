import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../../components/useKeys";
import { ancestors, errorsOf, findEvents, type TraceModel, visibleRows } from "./model";
import { Ruler } from "./Ruler";
import { TreeBar } from "./TreeBar";
import { ROW_PX, TreeRow } from "./TreeRow";

interface TraceTreeProps {
  model: TraceModel;
  chosen: string | null;
  onChoose: (eventId: string) => void;
}

/** The tree and its waterfall; only the rows in view exist. */
export function TraceTree({ model, chosen, onChoose }: TraceTreeProps) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [hiddenTypes, setHiddenTypes] = useState<ReadonlySet<string>>(new Set());
  const [text, setText] = useState("");
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => visibleRows(model, { collapsed, hiddenTypes }), [model, collapsed, hiddenTypes]);
  const found = useMemo(() => findEvents(model, text), [model, text]);
  const marked = useMemo(() => new Set(found), [found]);
  const errors = useMemo(() => errorsOf(model), [model]);
  const chosenAt = chosen === null ? -1 : (model.indexOf.get(chosen) ?? -1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 16,
  });

  const toggle = useCallback((eventId: string, open?: boolean) => {
    setCollapsed((before) => {
      const next = new Set(before);
      const isOpen = open ?? before.has(eventId);
      if (isOpen) next.delete(eventId);
      else next.add(eventId);
      return next;
    });
  }, []);
  const show = (at: number) => {
    const above = ancestors(model, at);
    if (above.some((id) => collapsed.has(id))) {
      setCollapsed(new Set([...collapsed].filter((id) => !above.includes(id))));
    }
    onChoose(model.columns.event_id[at] ?? "");
  };
  /** The next of some events after the chosen one, around the end. */
  const jump = (among: number[], by: 1 | -1) => {
    const after = by > 0 ? among.find((at) => at > chosenAt) : among.findLast((at) => at < chosenAt);
    const next = after ?? (by > 0 ? among[0] : among.at(-1));
    if (next !== undefined) show(next);
  };
  const move = (by: number) => {
    const row = rows.indexOf(chosenAt);
    const next = rows[Math.min(rows.length - 1, Math.max(0, row + by))];
    if (next !== undefined) onChoose(model.columns.event_id[next] ?? "");
  };
  const left = () => {
    const isOpenParent = model.opens[chosenAt] === 1 && chosen !== null && !collapsed.has(chosen);
    if (isOpenParent) toggle(chosen, false);
    else if ((model.parent[chosenAt] ?? -1) >= 0) show(model.parent[chosenAt] as number);
  };
  const right = () => {
    if (chosen !== null && collapsed.has(chosen)) toggle(chosen, true);
    else if (model.opens[chosenAt] === 1) move(1);
  };
  useKeys({
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    j: () => move(1),
    k: () => move(-1),
    ArrowLeft: left,
    ArrowRight: right,
    e: () => jump(errors, 1),
    E: () => jump(errors, -1),
  });
  const row = rows.indexOf(chosenAt);
  useEffect(() => {
    if (row >= 0) virtual.scrollToIndex(row, { align: "auto" });
  }, [row, virtual]);

  return (
    <div className="flex h-full flex-col text-xs">
      <TreeBar
        model={model}
        text={text}
        onText={setText}
        foundCount={found.length}
        onFound={(by) => jump(found, by)}
        errorCount={errors.length}
        onError={(by) => jump(errors, by)}
        hiddenTypes={hiddenTypes}
        onHiddenTypes={setHiddenTypes}
      />
      <Ruler totalMs={model.total} />
      <div ref={scroll} role="tree" aria-label="Events of the trace" className="min-h-0 flex-1 overflow-auto">
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const at = rows[index] as number;
            const eventId = model.columns.event_id[at] ?? "";
            return (
              <TreeRow
                key={eventId}
                model={model}
                at={at}
                top={start}
                isChosen={at === chosenAt}
                isClosed={collapsed.has(eventId)}
                isFound={marked.has(at)}
                onChoose={onChoose}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
