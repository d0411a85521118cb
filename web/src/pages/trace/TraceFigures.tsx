import type { ReactNode } from "react";
import type { ColumnsTrace } from "../../api/client";
import { CellLink } from "../../components/CellLink";
import { count, dollars, duration, exactCount, exactDollars, exactDuration } from "../../format/format";
import { Text } from "../../render/Text";

/** The sums of a trace, and whose it is. */
export function TraceFigures({ projectId, trace }: { projectId: string; trace: ColumnsTrace }) {
  const { metadata } = trace;
  const groups = { session: metadata.session_id, user: metadata.user_id };
  const others = { env: metadata.environment, tags: metadata.tags.join(", ") };
  return (
    <>
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
      {(["session", "user"] as const).map((kind) =>
        groups[kind] ? (
          <Figure key={kind} name={kind} title={groups[kind]}>
            <CellLink projectId={projectId} kind={kind} id={groups[kind]} />
          </Figure>
        ) : null,
      )}
      {Object.entries(others).map(([name, value]) =>
        value ? (
          <span key={name} className="hidden min-w-0 2xl:block">
            <Figure name={name} title={value}>
              <Text value={value} />
            </Figure>
          </span>
        ) : null,
      )}
    </>
  );
}

function costTitle(trace: ColumnsTrace): string {
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
    <span title={title} className={isFixed ? "shrink-0" : "block min-w-8 max-w-44 truncate"}>
      <span className="text-dim">{name} </span>
      {children}
    </span>
  );
}
