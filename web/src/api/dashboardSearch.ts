/** The view of the dashboard, as it stands in the address. */

import { type RangeSearch, readRange } from "./range";
import type { Dimension, GroupSort } from "./stats";

export interface DashboardSearch extends RangeSearch {
  /** The filter as text, over events. */
  q?: string | undefined;
  /** What charts and groups are split by; without it by model. */
  by?: Dimension | undefined;
  /** The order of the groups; without it the dearest first. */
  sort?: GroupSort | undefined;
}

export const DIMENSIONS = {
  model: "model",
  type: "type",
  name: "name",
  user_id: "end user",
  tag: "tag",
  environment: "environment",
  provider: "provider",
  agent_name: "agent",
  tool_name: "tool",
} as const satisfies Partial<Record<Dimension, string>>;

export const DEFAULT_BY: Dimension = "model";
export const DEFAULT_GROUP_SORT: GroupSort = "-total_cost_usd";
const SORTS: readonly GroupSort[] = [
  "-events",
  "-traces",
  "-errors",
  "-error_rate",
  "-total_cost_usd",
  "-total_tokens",
  "-model_calls",
  "-latency_p95",
  "-first_token_p95",
  "events",
  "error_rate",
  "total_cost_usd",
  "latency_p95",
];

export function readDashboardSearch(given: Record<string, unknown>): DashboardSearch {
  const { q, by, sort } = given;
  const search: DashboardSearch = readRange(given);
  if (typeof q === "string" && q.trim()) search.q = q;
  if (typeof by === "string" && by in DIMENSIONS && by !== DEFAULT_BY) search.by = by as Dimension;
  const known = SORTS.find((one) => one === sort);
  if (known && known !== DEFAULT_GROUP_SORT) search.sort = known;
  return search;
}
