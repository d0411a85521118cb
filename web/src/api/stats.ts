/** What the dashboard reads: totals, series, groups, and the bars above lists. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, read, type Schemas } from "./client";
import { bounds, isRelative, type RangeSearch, rangeOf } from "./range";
import type { paths } from "./schema";

export type Overview = Schemas["Overview"];
export type Timeseries = Schemas["Timeseries"];
export type Group = Schemas["GroupAnswer"];
type SeriesQuery = NonNullable<paths["/api/v1/stats/timeseries"]["get"]["parameters"]["query"]>;
type BreakdownQuery = paths["/api/v1/stats/breakdown"]["get"]["parameters"]["query"];
export type Metric = SeriesQuery["metric"];
export type Dimension = BreakdownQuery["by"];
export type GroupSort = NonNullable<BreakdownQuery["sort"]>;

export interface Asked {
  projectId: string;
  range: RangeSearch;
  /** The filter as the API takes it. */
  filter: string | undefined;
}

// Slow enough for a page that stays open on a wall, quick enough to watch an incident.
const POLL_MS = 10_000;

function shared({ projectId, range, filter }: Asked) {
  return {
    key: [projectId, rangeOf(range), filter] as const,
    params: () => ({ project_id: projectId, filter: filter ?? null, ...bounds(range) }),
    options: {
      placeholderData: keepPreviousData,
      staleTime: POLL_MS,
      refetchInterval: isRelative(range) ? POLL_MS : (false as const),
    },
  };
}

export function overviewQuery(asked: Asked) {
  const { key, params, options } = shared(asked);
  return queryOptions({
    ...options,
    queryKey: ["overview", ...key],
    queryFn: ({ signal }) =>
      read(client.GET("/api/v1/stats/overview", { params: { query: params() }, signal })),
  });
}

export function seriesQuery(asked: Asked, metric: Metric, by?: Dimension) {
  const { key, params, options } = shared(asked);
  return queryOptions({
    ...options,
    queryKey: ["series", ...key, metric, by],
    queryFn: ({ signal }) => {
      const query = { ...params(), metric, ...(by ? { by } : {}) };
      return read(client.GET("/api/v1/stats/timeseries", { params: { query }, signal }));
    },
  });
}

export function breakdownQuery(asked: Asked, by: Dimension, sort: GroupSort, limit: number) {
  const { key, params, options } = shared(asked);
  return queryOptions({
    ...options,
    queryKey: ["breakdown", ...key, by, sort, limit],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/stats/breakdown", {
          params: { query: { ...params(), by, sort, limit } },
          signal,
        }),
      ),
  });
}

export function timelineQuery(asked: Asked) {
  const { key, params, options } = shared(asked);
  return queryOptions({
    ...options,
    queryKey: ["timeline", ...key],
    queryFn: ({ signal }) =>
      read(client.GET("/api/v1/traces/timeline", { params: { query: params() }, signal })),
  });
}
