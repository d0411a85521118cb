import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import clsx from "clsx";
import { useEffect, useRef, useState } from "react";
import type { TraceRow } from "../../api/client";
import { nextSort, type Sort, type SortField } from "../../api/traceSearch";
import { useKeys } from "../../components/useKeys";
import { COLUMNS, ROW_PX } from "./columns";
import { Row } from "./Row";

// The next page is asked for before the last row is in view.
const AHEAD_ROWS = 20;

interface TraceTableProps {
  projectId: string;
  rows: TraceRow[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  onEnd: () => void;
  isStale: boolean;
}

/** The rows in view, as a list with keys: j and k move, Enter opens. */
export function TraceTable({ projectId, rows, sort, onSort, onEnd, isStale }: TraceTableProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const [chosenId, setChosenId] = useState<string | null>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD_ROWS) onEnd();
  }, [last, rows.length, onEnd]);

  const move = (by: number) => {
    const at = rows.findIndex((row) => row.trace_id === chosenId);
    const next = Math.min(rows.length - 1, Math.max(0, at + by));
    setChosenId(rows[next]?.trace_id ?? null);
    virtual.scrollToIndex(next);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      if (chosenId) {
        void navigate({
          to: "/p/$projectId/traces/$traceId",
          params: { projectId, traceId: chosenId },
          search: {},
        });
      }
    },
  });
  return (
    <div
      ref={scroll}
      className="min-h-0 flex-1 overflow-auto text-xs"
      role="table"
      aria-label="Traces"
      aria-busy={isStale}
    >
      <div className="sticky top-0 z-10 border-line border-b bg-page text-faint" role="rowgroup">
        <div className={clsx(COLUMNS, "h-8")} role="row">
          <Head label="" />
          <Head label="Name" />
          <Head label="Input" />
          <SortHead label="Duration" field="duration_ms" sort={sort} onSort={onSort} />
          <Head label="Events" isNumber />
          <SortHead label="Tokens" field="total_tokens" sort={sort} onSort={onSort} />
          <SortHead label="Cost" field="total_cost_usd" sort={sort} onSort={onSort} />
          <Head label="User" />
          <SortHead label="Age" field="start_time" sort={sort} onSort={onSort} />
        </div>
      </div>
      <div
        role="rowgroup"
        className={clsx("relative", isStale && "opacity-60")}
        style={{ height: virtual.getTotalSize() }}
      >
        {shown.map(({ index, start }) => {
          const row = rows[index];
          return row ? (
            <Row
              key={row.trace_id}
              projectId={projectId}
              row={row}
              top={start}
              isChosen={row.trace_id === chosenId}
            />
          ) : null;
        })}
      </div>
    </div>
  );
}

function Head({ label, isNumber = false }: { label: string; isNumber?: boolean }) {
  return (
    <span role="columnheader" className={isNumber ? "text-right" : undefined}>
      {label}
    </span>
  );
}

interface SortHeadProps {
  label: string;
  field: SortField;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

function SortHead({ label, field, sort, onSort }: SortHeadProps) {
  const isUp = sort === field;
  const isOn = isUp || sort === `-${field}`;
  return (
    <span
      role="columnheader"
      aria-sort={isOn ? (isUp ? "ascending" : "descending") : "none"}
      className="text-right"
    >
      <button
        type="button"
        onClick={() => onSort(nextSort(field, sort))}
        className={isOn ? "text-text" : "hover:text-text"}
      >
        {label}
        {isOn ? (isUp ? " ↑" : " ↓") : ""}
      </button>
    </span>
  );
}
