import clsx from "clsx";
import { memo } from "react";
import { type Column, ROW_PX } from "./columns";

interface BodyRowProps<Row> {
  columns: readonly Column<Row>[];
  tracks: string;
  row: Row;
  index: number;
  top: number;
  isCurrent: boolean;
  isSelected: boolean;
  onOpen: (row: Row) => void;
  onSelect: (row: Row) => void;
}

function BodyRowOf<Row>(props: BodyRowProps<Row>) {
  const { columns, tracks, row, index, top, isCurrent, isSelected, onOpen, onSelect } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table has the keys of its rows.
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-current={isCurrent || undefined}
      style={{ transform: `translateY(${top}px)`, height: ROW_PX, gridTemplateColumns: tracks }}
      onClick={(event) => {
        const isOnControl = (event.target as HTMLElement).closest("a, button");
        if (isOnControl || getSelection()?.type === "Range") return;
        if (event.metaKey || event.ctrlKey) onSelect(row);
        else onOpen(row);
      }}
      className={clsx(
        "absolute inset-x-0 top-0 grid cursor-pointer items-center gap-x-3 border-line border-b px-4 tabular-nums",
        isSelected ? "bg-accent-soft" : "hover:bg-sunken",
        isCurrent && "shadow-[inset_2px_0_0_var(--accent)]",
      )}
    >
      {columns.map(({ id, isNumber, title, show }) => (
        <div
          key={id}
          role="cell"
          title={title?.(row)}
          className={clsx("min-w-0 truncate", isNumber && "text-right")}
        >
          {show(row)}
        </div>
      ))}
    </div>
  );
}

export const BodyRow = memo(BodyRowOf) as typeof BodyRowOf;
