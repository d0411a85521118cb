/** The figures of the top row: how each is read, written and compared, and where it leads. */

import type { ListSearch } from "../../api/listSearch";
import type { Overview } from "../../api/stats";
import {
  count,
  dollars,
  duration,
  exactCount,
  exactDollars,
  exactDuration,
  percent,
} from "../../format/format";

type Totals = Overview["previous"];

export interface Figure {
  name: string;
  value: (totals: Totals) => number | null;
  write: (value: number | null) => string;
  exact: (totals: Totals) => string;
  /** Whether more of it is bad news, good news, or neither. */
  more: "bad" | "neutral";
  note?: (totals: Totals) => string | null;
  list: Partial<ListSearch>;
  term?: string;
}

const written = (write: (value: number) => string) => (value: number | null) =>
  value === null ? "–" : write(value);

export const FIGURES: readonly Figure[] = [
  {
    name: "Traces",
    value: (totals) => totals.traces,
    write: written(count),
    exact: (totals) => exactCount(totals.traces),
    more: "neutral",
    list: {},
  },
  {
    name: "Events",
    value: (totals) => totals.events,
    write: written(count),
    exact: (totals) => exactCount(totals.events),
    more: "neutral",
    list: { of: "events" },
  },
  {
    name: "Errors",
    value: (totals) => totals.errors,
    write: written(count),
    exact: (totals) => `${exactCount(totals.errors)} of ${exactCount(totals.events)} events`,
    more: "bad",
    note: (totals) => (totals.error_rate === null ? null : `${percent(totals.error_rate)} of events`),
    list: { of: "events" },
    term: "status:error",
  },
  {
    name: "Cost",
    value: (totals) => (totals.total_cost_usd === null ? null : Number(totals.total_cost_usd)),
    write: dollars,
    exact: (totals) => exactDollars(totals.total_cost_usd),
    more: "bad",
    note: (totals) =>
      totals.unpriced_count ? `${count(totals.unpriced_count)} calls without a price` : null,
    list: { sort: "-total_cost_usd" },
  },
  {
    name: "Tokens",
    value: (totals) => totals.input_tokens + totals.output_tokens,
    write: written(count),
    exact: (totals) => `${exactCount(totals.input_tokens)} in, ${exactCount(totals.output_tokens)} out`,
    more: "neutral",
    note: (totals) => `${count(totals.output_tokens)} of them out`,
    list: { sort: "-total_tokens" },
  },
  {
    name: "Model calls",
    value: (totals) => totals.model_calls,
    write: written(count),
    exact: (totals) => exactCount(totals.model_calls),
    more: "neutral",
    list: { of: "events" },
    term: "type:model_response",
  },
  {
    name: "Latency p95",
    value: (totals) => totals.latency_ms.p95,
    write: duration,
    exact: (totals) => `${exactDuration(totals.latency_ms.p95)} of a model call`,
    more: "bad",
    note: (totals) => `p50 ${duration(totals.latency_ms.p50)}`,
    list: { sort: "-duration_ms" },
    term: "type:model_response",
  },
  {
    name: "First token p95",
    value: (totals) => totals.first_token_ms.p95,
    write: duration,
    exact: (totals) => exactDuration(totals.first_token_ms.p95),
    more: "bad",
    note: (totals) =>
      totals.first_token_ms.p50 === null ? "no sender says it" : `p50 ${duration(totals.first_token_ms.p50)}`,
    list: { of: "events" },
    term: "type:model_response",
  },
];
