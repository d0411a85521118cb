/** The view of a list, as it stands in the address: what is shown can be shared as a link. */

import type { Subject } from "../filter/tree";
import { type RangeSearch, readRange } from "./range";

export interface ListSearch extends RangeSearch {
  /** Single events in the place of traces. */
  of?: "events" | undefined;
  /** The filter as text. */
  q?: string | undefined;
  /** A field, with a minus for descending; without it the newest first. */
  sort?: string | undefined;
  /** Ids of the columns, in order, with commas; without it the usual ones. */
  columns?: string | undefined;
  /** Whether new rows come by themselves; without it they do. */
  live?: "off" | undefined;
}

export const DEFAULT_SORT = "-start_time";
export const SORTS: Record<Subject, readonly string[]> = {
  traces: ["start_time", "duration_ms", "total_cost_usd", "total_tokens", "event_count"],
  events: ["start_time"],
};

/** Reads what the address holds; what is not understood is left out. */
export function readListSearch(given: Record<string, unknown>): ListSearch {
  const { of, q, sort, columns, live } = given;
  const search: ListSearch = readRange(given);
  if (of === "events") search.of = of;
  if (typeof q === "string" && q.trim()) search.q = q;
  if (typeof sort === "string" && sort !== DEFAULT_SORT && isSort(sort, subjectOf(search)))
    search.sort = sort;
  if (typeof columns === "string" && /^[a-z_,]+$/.test(columns)) search.columns = columns;
  if (live === "off") search.live = live;
  return search;
}

export function subjectOf(search: ListSearch): Subject {
  return search.of ?? "traces";
}

function isSort(sort: string, subject: Subject): boolean {
  return SORTS[subject].includes(sort.replace(/^-/, ""));
}

/** The next sort when a column's head is clicked: descending first, then ascending. */
export function nextSort(field: string, current: string): string {
  return current === `-${field}` ? field : `-${field}`;
}
