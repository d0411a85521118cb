import clsx from "clsx";
import { ChevronDown, ChevronRight, Unlink } from "lucide-react";
import { memo } from "react";
import { eventType } from "../../components/eventTypes";
import { StatusMark } from "../../components/Status";
import { dollars, duration, exactDuration } from "../../format/format";
import type { TraceModel } from "./model";

export const ROW_PX = 26;
export const COLUMNS =
  "grid grid-cols-[minmax(180px,1fr)_minmax(120px,0.8fr)_64px_68px] items-center gap-x-2 pr-3";
const INDENT_PX = 14;
// Deeper levels are indented no further: the name would leave the column.
const MAX_INDENT_LEVELS = 18;

interface TreeRowProps {
  model: TraceModel;
  at: number;
  top: number;
  isChosen: boolean;
  isClosed: boolean;
  isFound: boolean;
  onChoose: (eventId: string) => void;
  onToggle: (eventId: string) => void;
}

/** One event: its place in the tree, its bar in time, its duration and the cost of it and all below. */
export const TreeRow = memo(function TreeRow(props: TreeRowProps) {
  const { model, at, top, isChosen, isClosed, isFound, onChoose, onToggle } = props;
  const { columns } = model;
  const eventId = columns.event_id[at] ?? "";
  const depth = columns.depth[at] ?? 0;
  const type = eventType(columns.type[at] ?? "");
  const hasChildren = model.opens[at] === 1;
  const worst = model.worst[at] ?? "ok";
  const model_ = columns.model[at];
  const name = columns.name[at] || type.name;
  const Icon = type.icon;
  const Chevron = isClosed ? ChevronRight : ChevronDown;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree as a whole has the keys
    <div
      role="treeitem"
      tabIndex={-1}
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-expanded={hasChildren ? !isClosed : undefined}
      data-event={eventId}
      onClick={() => onChoose(eventId)}
      style={{ transform: `translateY(${top}px)`, height: ROW_PX }}
      className={clsx(
        COLUMNS,
        "absolute inset-x-0 top-0 cursor-pointer",
        isChosen ? "bg-accent-soft" : "hover:bg-sunken",
      )}
    >
      <span
        className="flex min-w-0 items-center gap-1.5"
        style={{ paddingLeft: 8 + Math.min(depth, MAX_INDENT_LEVELS) * INDENT_PX }}
      >
        {hasChildren ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={isClosed ? "open" : "close"}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(eventId);
            }}
            className="-m-0.5 rounded-[4px] p-0.5 text-faint hover:bg-line"
          >
            <Chevron className="size-3" aria-hidden />
          </button>
        ) : (
          <span className="w-3 shrink-0" />
        )}
        <Icon className={clsx("size-3.5 shrink-0", type.text)} role="img" aria-label={type.name} />
        {depth > MAX_INDENT_LEVELS ? <span className="text-faint">{depth}</span> : null}
        <span
          className={clsx("truncate", isFound && "rounded-[3px] bg-accent-soft font-medium")}
          title={name}
        >
          {name}
        </span>
        {model_ && !name.includes(model_) ? <span className="truncate text-faint">{model_}</span> : null}
        {worst !== "ok" ? (
          <StatusMark status={worst} className={worst === columns.status[at] ? "" : "opacity-55"} />
        ) : null}
        {columns.parent_missing[at] ? (
          <span title="Its parent has not come (yet)" className="text-warning">
            <Unlink className="size-3" role="img" aria-label="parent missing" />
          </span>
        ) : null}
      </span>
      <Bar model={model} at={at} color={columns.status[at] === "error" ? "bg-error" : type.bar} />
      <span className="text-right text-dim tabular-nums" title={exactDuration(columns.duration_ms[at])}>
        {columns.status[at] === "running" ? "…" : duration(columns.duration_ms[at])}
      </span>
      <span className="text-right text-dim tabular-nums">
        {Number.isNaN(model.cost[at]) ? "" : dollars(model.cost[at] ?? null)}
      </span>
    </div>
  );
});

function Bar({ model, at, color }: { model: TraceModel; at: number; color: string }) {
  const { start, length, total, columns, parent } = model;
  const begin = start[at] ?? 0;
  const ms = length[at] ?? 0;
  const scale = total > 0 ? 100 / total : 0;
  const above = parent[at] ?? -1;
  const share =
    above >= 0 && (length[above] ?? 0) > 0
      ? ` · ${Math.round((100 * ms) / (length[above] ?? 1))} % of its parent`
      : "";
  const title = `starts at ${duration(begin)} · ${exactDuration(columns.duration_ms[at])}${share}`;
  return (
    <span className="relative h-full" title={title}>
      <span
        className={clsx(
          "absolute top-2 h-2.5 min-w-[2px] rounded-[2px]",
          color,
          columns.status[at] === "running" && "opacity-50",
        )}
        style={{ left: `min(${begin * scale}%, calc(100% - 2px))`, width: `${Math.min(ms * scale, 100)}%` }}
      />
    </span>
  );
}
