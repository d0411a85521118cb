import clsx from "clsx";
import { ChevronDown, ChevronRight, Unlink } from "lucide-react";
import { memo } from "react";
import { eventType } from "../../../components/eventTypes";
import { StatusMark } from "../../../components/Status";
import { count, dollars, duration, exactCount, exactDuration } from "../../../format/format";
import { Text } from "../../../render/Text";
import { eventIdAt, STATUSES, type TraceModel, textAt } from "../model";
import { Bar } from "./Bar";

export const ROW_PX = 26;
export const COLUMNS =
  "grid grid-cols-[minmax(180px,1fr)_minmax(110px,0.8fr)_60px_52px_64px] items-center gap-x-2 pr-3";
const INDENT_PX = 14;
// Deeper levels are indented no further: the name would leave the column.
const MAX_INDENT_LEVELS = 10;

interface TreeRowProps {
  model: TraceModel;
  at: number;
  top: number;
  isChosen: boolean;
  isClosed: boolean;
  isFound: boolean;
  onChoose: (eventId: string) => void;
  onToggle: (at: number) => void;
}

/** One event, or a run of similar ones: its place in the tree, its bar in time, and the sums of it and all below. */
export const TreeRow = memo(function TreeRow(props: TreeRowProps) {
  const { model, at, top, isChosen, isClosed, isFound, onChoose, onToggle } = props;
  const eventId = eventIdAt(model, at);
  const depth = model.depth[at] as number;
  const run = model.run[at] as number;
  const canOpen = model.opens[at] === 1 || run > 0;
  const isWholeRun = run > 0 && isClosed;
  const isRunning = textAt(model.status, at) === "running";
  const ms = (model.duration[at] as number) < 0 ? null : (model.duration[at] as number) / 1_000;
  const tokens = model.tokens[at] as number;
  const cost = model.cost[at] as number;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree as a whole has the keys
    <div
      role="treeitem"
      id={`row-${at}`}
      tabIndex={-1}
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-expanded={canOpen ? !isClosed : undefined}
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
        {canOpen ? (
          <Chevron isClosed={isClosed} onToggle={() => onToggle(at)} />
        ) : (
          <span className="w-3 shrink-0" />
        )}
        <Name model={model} at={at} depth={depth} isFound={isFound} />
        {run > 0 ? (
          <span
            className="shrink-0 text-dim tabular-nums"
            title={`${exactCount(run)} similar events in a row`}
          >
            ×{count(run)}
          </span>
        ) : null}
        <Marks model={model} at={at} />
      </span>
      <Bar model={model} at={at} isWholeRun={isWholeRun} />
      <span className="text-right text-dim tabular-nums" title={exactDuration(ms)}>
        {isRunning ? "…" : duration(ms)}
      </span>
      <span
        className="text-right text-dim tabular-nums"
        title={tokens ? `${exactCount(tokens)} tokens` : undefined}
      >
        {tokens ? count(tokens) : ""}
      </span>
      <span className="text-right text-dim tabular-nums">{Number.isNaN(cost) ? "" : dollars(cost)}</span>
    </div>
  );
});

function Chevron({ isClosed, onToggle }: { isClosed: boolean; onToggle: () => void }) {
  const Icon = isClosed ? ChevronRight : ChevronDown;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={isClosed ? "open" : "close"}
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
      className="-m-0.5 rounded-[4px] p-0.5 text-faint hover:bg-line"
    >
      <Icon className="size-3" aria-hidden />
    </button>
  );
}

interface NameProps {
  model: TraceModel;
  at: number;
  depth: number;
  isFound: boolean;
}

function Name({ model, at, depth, isFound }: NameProps) {
  const type = eventType(textAt(model.type, at));
  const name = textAt(model.name, at) || type.name;
  const modelName = textAt(model.model, at);
  const Icon = type.icon;
  return (
    <>
      <Icon className={clsx("size-3.5 shrink-0", type.text)} role="img" aria-label={type.name} />
      {depth > MAX_INDENT_LEVELS ? <span className="text-faint tabular-nums">{depth}</span> : null}
      <span
        className={clsx("truncate", isFound && "rounded-[3px] bg-accent-soft font-medium underline")}
        title={name}
      >
        <Text value={name} />
      </span>
      {modelName && !name.includes(modelName) ? (
        <span className="min-w-0 truncate text-faint">
          <Text value={modelName} />
        </span>
      ) : null}
    </>
  );
}

/** The worst status at and below the event, and whether its parent is still missing. */
function Marks({ model, at }: { model: TraceModel; at: number }) {
  const worst = STATUSES[model.worst[at] as number] ?? "ok";
  const failed = model.errors[at] as number;
  const isOwn = textAt(model.status, at) === worst;
  return (
    <>
      {worst === "ok" ? null : (
        <span
          className={clsx("flex shrink-0", !isOwn && "opacity-60")}
          title={failed ? `${exactCount(failed)} failed at or below` : undefined}
        >
          <StatusMark status={worst} />
        </span>
      )}
      {model.missing.has(at) ? (
        <span title={`Its parent has not come (yet): ${model.missing.get(at)}`} className="text-warning">
          <Unlink className="size-3" role="img" aria-label="parent missing" />
        </span>
      ) : null}
    </>
  );
}
