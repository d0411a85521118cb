import { useVirtualizer } from "@tanstack/react-virtual";
import clsx from "clsx";
import { useCallback, useEffect, useRef, useState } from "react";
import { useKeys } from "../useKeys";
import { BodyRow } from "./BodyRow";
import { type Column, gridOf, ROW_PX } from "./columns";
import { Head } from "./Head";
import { useWidths } from "./useWidths";

// The next page is asked for before the last row is in view.
const AHEAD_ROWS = 20;
const HEAD_PX = 32;

interface DataTableProps<Row> {
  /** Names the table, and its widths in this browser. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  idOf: (row: Row) => string;
  sort: string;
  onSort: (sort: string) => void;
  onOpen: (row: Row) => void;
  onEnd?: () => void;
  isStale?: boolean;
  selected?: ReadonlySet<string>;
  onSelected?: (ids: ReadonlySet<string>) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** A table of which only the rows in view exist. Keys: j and k move, Enter opens, x selects. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, idOf, sort, onSort, onOpen, onEnd, isStale = false } = props;
  const { selected = NONE, onSelected } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const [currentId, setCurrentId] = useState<string | null>(null);
  const [widths, setWidth] = useWidths(label);
  const { tracks, minPx } = gridOf(columns, widths);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollPaddingStart: HEAD_PX,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD_ROWS) onEnd?.();
  }, [last, rows.length, onEnd]);

  const select = useCallback(
    (row: Row) => {
      const next = new Set(selected);
      if (!next.delete(idOf(row))) next.add(idOf(row));
      onSelected?.(next);
    },
    [selected, onSelected, idOf],
  );
  const current = rows.findIndex((row) => idOf(row) === currentId);
  const move = (by: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, current + by));
    const row = rows[next];
    setCurrentId(row ? idOf(row) : null);
    virtual.scrollToIndex(next);
  };
  const withCurrent = (act: (row: Row) => void) => () => {
    const row = rows[current];
    if (row) act(row);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: withCurrent(onOpen),
    x: withCurrent(select),
    ...(selected.size ? { Escape: () => onSelected?.(NONE) } : {}),
  });
  return (
    <div
      ref={scroll}
      className="min-h-0 flex-1 overflow-auto text-xs"
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-busy={isStale}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse.
      tabIndex={0}
    >
      <div
        className="sticky top-0 z-10 border-line border-b bg-page text-faint"
        role="rowgroup"
        style={{ minWidth: minPx }}
      >
        <div
          role="row"
          aria-rowindex={1}
          className="grid items-center gap-x-3 px-4"
          style={{ gridTemplateColumns: tracks, height: HEAD_PX }}
        >
          {columns.map((column) => (
            <Head key={column.id} column={column} sort={sort} onSort={onSort} onWidth={setWidth} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className={clsx("relative", isStale && "opacity-60")}
        style={{ height: virtual.getTotalSize(), minWidth: minPx }}
      >
        {shown.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const id = idOf(row);
          return (
            <BodyRow
              key={id}
              columns={columns}
              tracks={tracks}
              row={row}
              index={index}
              top={start}
              isCurrent={id === currentId}
              isSelected={selected.has(id)}
              onOpen={onOpen}
              onSelect={select}
            />
          );
        })}
      </div>
    </div>
  );
}
