/** The view of the list of traces, as it stands in the address: what is shown can be shared as a link. */

export const RANGES = {
  "1h": "last hour",
  "24h": "last 24 h",
  "7d": "last 7 days",
  "30d": "last 30 days",
  "400d": "all",
} as const;
export const SORTS = ["start_time", "duration_ms", "total_cost_usd", "total_tokens"] as const;

export type Range = keyof typeof RANGES;
export type SortField = (typeof SORTS)[number];
export type Sort = SortField | `-${SortField}`;

export interface TraceSearch {
  range: Range;
  sort: Sort;
  status?: "error" | "running" | "ok" | undefined;
  text?: string | undefined;
}

export const DEFAULT_SEARCH: TraceSearch = { range: "24h", sort: "-start_time" };

/** Reads what the address holds; what is not understood falls back to the default. */
export function readTraceSearch(given: Record<string, unknown>): TraceSearch {
  const { range, sort, status, text } = given;
  const search: TraceSearch = { ...DEFAULT_SEARCH };
  if (typeof range === "string" && range in RANGES) search.range = range as Range;
  if (typeof sort === "string" && SORTS.some((field) => sort.replace("-", "") === field))
    search.sort = sort as Sort;
  if (status === "error" || status === "running" || status === "ok") search.status = status;
  if (typeof text === "string" && text.trim()) search.text = text;
  return search;
}

/** The same as a filter of the API; undefined filters nothing. */
export function traceFilter(search: TraceSearch): string | undefined {
  const conditions = [];
  if (search.status) conditions.push({ field: "status", op: "=", value: search.status });
  if (search.text) {
    conditions.push({
      or: ["name", "trace_id", "input_preview", "output_preview", "user_id", "session_id"].map((field) => ({
        field,
        op: "contains",
        value: search.text,
      })),
    });
  }
  return conditions.length ? JSON.stringify({ and: conditions }) : undefined;
}

/** The next sort when a column's head is clicked: descending first, then ascending. */
export function nextSort(field: SortField, current: Sort): Sort {
  return current === `-${field}` ? field : `-${field}`;
}
