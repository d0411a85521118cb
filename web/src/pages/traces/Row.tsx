import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import type { TraceRow } from "../../api/client";
import { StatusMark } from "../../components/Status";
import { Age } from "../../components/Time";
import { count, dollars, duration, exactCount, exactDollars, exactDuration } from "../../format/format";
import { COLUMNS, ROW_PX } from "./columns";

interface RowProps {
  projectId: string;
  row: TraceRow;
  top: number;
  isChosen: boolean;
}

/** One trace; the whole row is a link. */
export function Row({ projectId, row, top, isChosen }: RowProps) {
  return (
    <Link
      to="/p/$projectId/traces/$traceId"
      params={{ projectId, traceId: row.trace_id }}
      search={{}}
      role="row"
      aria-selected={isChosen}
      style={{ transform: `translateY(${top}px)`, height: ROW_PX }}
      className={clsx(
        COLUMNS,
        "absolute inset-x-0 top-0 border-line border-b tabular-nums hover:bg-sunken",
        isChosen && "bg-accent-soft",
      )}
    >
      <span role="cell">
        <StatusMark status={row.status} />
      </span>
      <span role="cell" className="truncate font-medium" title={row.name}>
        {row.name || "(no name)"}
      </span>
      <span role="cell" className="truncate text-dim" title={row.input_preview}>
        {row.input_preview}
      </span>
      <span role="cell" className="text-right" title={exactDuration(row.duration_ms)}>
        {row.status === "running" ? "running" : duration(row.duration_ms)}
      </span>
      <span role="cell" className="text-right" title={eventsTitle(row)}>
        {count(row.event_count)}
        {row.error_count > 0 ? <span className="text-error"> !{count(row.error_count)}</span> : null}
      </span>
      <span role="cell" className="text-right" title={exactCount(row.total_tokens)}>
        {row.total_tokens ? count(row.total_tokens) : "–"}
      </span>
      <span role="cell" className="text-right" title={exactDollars(row.total_cost_usd)}>
        {dollars(row.total_cost_usd)}
      </span>
      <span role="cell" className="truncate text-dim" title={row.user_id}>
        {row.user_id}
      </span>
      <span role="cell" className="text-right text-dim">
        <Age at={row.start_time} />
      </span>
    </Link>
  );
}

function eventsTitle(row: TraceRow): string {
  const errors = row.error_count ? `, ${exactCount(row.error_count)} with an error` : "";
  return `${exactCount(row.event_count)} events${errors}`;
}
