/** The views of sessions and end users, as they stand in the address. */

import { type RangeSearch, readRange } from "./range";

export interface GroupSearch extends RangeSearch {
  /** The filter as text, over traces. */
  q?: string | undefined;
  /** A field, with a minus for descending; without it the latest first. */
  sort?: string | undefined;
  columns?: string | undefined;
}

/** Reads what the address of a list holds, for the fields that it can be sorted by. */
export function readGroupSearch(given: Record<string, unknown>, sorts: readonly string[]): GroupSearch {
  const { q, sort, columns } = given;
  const search: GroupSearch = readRange(given);
  if (typeof q === "string" && q.trim()) search.q = q;
  if (typeof sort === "string" && sorts.includes(sort.replace(/^-/, "")) && sort !== `-${sorts[0]}`) {
    search.sort = sort;
  }
  if (typeof columns === "string" && /^[a-z_,]+$/.test(columns)) search.columns = columns;
  return search;
}

const SUMS = ["trace_count", "event_count", "error_count", "total_tokens", "total_cost_usd"] as const;
// The first is the usual one.
export const SESSION_SORTS = ["end_time", "start_time", ...SUMS] as const;
export const END_USER_SORTS = ["last_seen", "first_seen", "session_count", ...SUMS] as const;
