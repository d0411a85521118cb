import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import type { FlatTrace } from "../../api/client";
import { DEFAULT_SEARCH } from "../../api/traceSearch";
import { Id } from "../../components/Copy";
import { StatusBadge } from "../../components/Status";
import { Age } from "../../components/Time";
import { count, dollars, duration, exactCount, exactDollars, exactDuration } from "../../format/format";

/** What a trace is as a whole. */
export function TraceHeader({ projectId, trace }: { projectId: string; trace: FlatTrace }) {
  const { metadata } = trace;
  return (
    <header className="flex h-11 shrink-0 items-center gap-4 overflow-hidden whitespace-nowrap border-line border-b px-3 text-xs tabular-nums">
      <Link
        to="/p/$projectId/traces"
        params={{ projectId }}
        search={DEFAULT_SEARCH}
        aria-label="All traces"
        title="All traces"
        className="rounded-box p-1 text-dim hover:bg-sunken"
      >
        <ChevronLeft className="size-4" aria-hidden />
      </Link>
      <h1 className="-ml-2 min-w-24 truncate font-semibold text-sm" title={trace.name}>
        {trace.name || "(no name)"}
      </h1>
      <StatusBadge status={trace.status} />
      <Figure isFixed name="duration" title={exactDuration(trace.duration_ms)}>
        {duration(trace.duration_ms)}
      </Figure>
      <Figure isFixed name="events" title={exactCount(trace.event_count)}>
        {count(trace.event_count)}
        {trace.error_count ? <span className="text-error"> · {count(trace.error_count)} failed</span> : null}
      </Figure>
      <Figure
        isFixed
        name="tokens"
        title={`${exactCount(metadata.input_tokens)} in, ${exactCount(metadata.output_tokens)} out`}
      >
        {count(trace.total_tokens)}
      </Figure>
      <Figure isFixed name="cost" title={costTitle(trace)}>
        {dollars(trace.total_cost_usd)}
        {metadata.unpriced_count && trace.total_cost_usd !== null ? (
          <span className="text-warning"> +?</span>
        ) : null}
      </Figure>
      {metadata.session_id ? <Figure name="session">{metadata.session_id}</Figure> : null}
      {metadata.user_id ? <Figure name="user">{metadata.user_id}</Figure> : null}
      {metadata.environment ? <Figure name="env">{metadata.environment}</Figure> : null}
      <span className="ml-auto flex min-w-0 items-center gap-3">
        <span className="shrink-0 text-dim">
          <Age at={trace.start_time} /> ago
        </span>
        <span className="w-32 min-w-0 2xl:w-64">
          <Id id={trace.trace_id} label="trace id" />
        </span>
      </span>
    </header>
  );
}

function costTitle(trace: FlatTrace): string {
  const { unpriced_count: unpriced } = trace.metadata;
  const missing = unpriced
    ? `; ${unpriced} model ${unpriced === 1 ? "call is" : "calls are"} not priced`
    : "";
  return exactDollars(trace.total_cost_usd) + missing;
}

interface FigureProps {
  name: string;
  title?: string;
  /** Numbers are never cut; names may be. */
  isFixed?: boolean;
  children: ReactNode;
}

function Figure({ name, title, isFixed = false, children }: FigureProps) {
  return (
    <span title={title} className={isFixed ? "shrink-0" : "min-w-8 max-w-52 truncate"}>
      <span className="text-faint">{name} </span>
      {children}
    </span>
  );
}
