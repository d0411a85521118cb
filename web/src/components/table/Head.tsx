import clsx from "clsx";
import type { KeyboardEvent, PointerEvent } from "react";
import { nextSort } from "../../api/listSearch";
import { type Column, MIN_WIDTH_PX } from "./columns";

interface HeadProps<Row> {
  column: Column<Row>;
  sort: string;
  onSort: (sort: string) => void;
  onWidth: (id: string, width: number | undefined) => void;
}

// One press of an arrow key.
const STEP_PX = 16;

/** A column's head: sorts by a click, and is as wide as its right edge is dragged. */
export function Head<Row>({ column, sort, onSort, onWidth }: HeadProps<Row>) {
  const { id, label, isNumber, sort: field } = column;
  const isUp = sort === field;
  const isOn = field !== undefined && (isUp || sort === `-${field}`);
  return (
    <div
      role="columnheader"
      aria-sort={field === undefined ? undefined : isOn ? (isUp ? "ascending" : "descending") : "none"}
      className={clsx("group relative flex h-full min-w-0 items-center", isNumber && "justify-end")}
    >
      {field === undefined ? (
        <span className="truncate">{label}</span>
      ) : (
        <button
          type="button"
          onClick={() => onSort(nextSort(field, sort))}
          className={clsx("truncate", isOn ? "font-medium text-text" : "hover:text-text")}
        >
          {label}
          {isOn ? (isUp ? " ↑" : " ↓") : ""}
        </button>
      )}
      <Edge label={label || id} onWidth={(width) => onWidth(id, width)} />
    </div>
  );
}

function Edge({ label, onWidth }: { label: string; onWidth: (width: number | undefined) => void }) {
  const drag = (event: PointerEvent<HTMLButtonElement>) => {
    const edge = event.currentTarget;
    const start = event.clientX;
    const width = edge.parentElement?.offsetWidth ?? 0;
    edge.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) =>
      onWidth(Math.max(MIN_WIDTH_PX, width + moved.clientX - start));
    edge.addEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", move), {
      once: true,
    });
  };
  const step = (event: KeyboardEvent<HTMLButtonElement>) => {
    const by = { ArrowLeft: -STEP_PX, ArrowRight: STEP_PX }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onWidth(Math.max(MIN_WIDTH_PX, (event.currentTarget.parentElement?.offsetWidth ?? 0) + by));
  };
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={`Width of ${label}`}
      title="Drag to resize; double-click for the usual width"
      onPointerDown={drag}
      onKeyDown={step}
      onDoubleClick={() => onWidth(undefined)}
      className="absolute -right-2 h-full w-2.5 cursor-col-resize touch-none opacity-0 after:absolute after:inset-y-1.5 after:left-1 after:w-px after:bg-faint hover:opacity-100 focus-visible:opacity-100 group-hover:opacity-100"
    />
  );
}
