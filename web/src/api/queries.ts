/** What pages read: one query each, so that a key and its options exist once. */

import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, client, read } from "./client";
import type { TraceSearch } from "./traceSearch";
import { traceFilter } from "./traceSearch";

// New traces show up by themselves; a list of 50 rows costs the server about 15 ms.
const LIST_POLL_MS = 2_000;
const EMPTY_POLL_MS = 700;
const RUNNING_POLL_MS = 1_500;
const PAGE_ROWS = 100;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 1_000, retry: (failures, error) => failures < 3 && isPassing(error) },
    },
  });
}

/** What may be gone at the next try: no connection, a server that starts or is full. */
function isPassing(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

export const accountQuery = queryOptions({
  queryKey: ["account"],
  queryFn: () => read(client.GET("/api/v1/auth/me")),
  staleTime: 60_000,
});

export function tracesQuery(projectId: string, search: TraceSearch) {
  return infiniteQueryOptions({
    queryKey: ["traces", projectId, search],
    queryFn: ({ pageParam, signal }) =>
      read(
        client.GET("/api/v1/traces", {
          params: {
            query: {
              project_id: projectId,
              limit: PAGE_ROWS,
              sort: search.sort,
              filter: traceFilter(search) ?? null,
              ...(pageParam ? { cursor: pageParam } : { from: startOf(search.range) }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    // Further pages are bound to the time of the first: with more than one open, the list stands still.
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 1) > 1
        ? false
        : state.data?.pages[0]?.data.length
          ? LIST_POLL_MS
          : EMPTY_POLL_MS,
  });
}

const HOUR_MS = 3_600_000;
const RANGE_HOURS = { "1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24, "400d": 400 * 24 - 1 } as const;

function startOf(range: TraceSearch["range"]): string {
  return new Date(Date.now() - RANGE_HOURS[range] * HOUR_MS).toISOString();
}

/** Whether the project has ever had a trace: decides between the empty state and "nothing in this range". */
export function anyTraceQuery(projectId: string) {
  return queryOptions({
    queryKey: ["any-trace", projectId],
    queryFn: async () => {
      const query = { project_id: projectId, limit: 1, from: startOf("400d") };
      return (await read(client.GET("/api/v1/traces", { params: { query } }))).data.length > 0;
    },
    refetchInterval: ({ state }) => (state.data ? false : EMPTY_POLL_MS),
  });
}

export function traceQuery(projectId: string, traceId: string) {
  return queryOptions({
    queryKey: ["trace", projectId, traceId],
    queryFn: async ({ signal }) => {
      const params = {
        path: { trace_id: traceId },
        query: { project_id: projectId, shape: "flat" as const },
      };
      const trace = await read(client.GET("/api/v1/traces/{trace_id}", { params, signal }));
      if (trace.shape !== "flat")
        throw new ApiError("The trace came in another shape.", 200, "unexpected", null);
      return trace;
    },
    refetchInterval: ({ state }) => (state.data?.status === "running" ? RUNNING_POLL_MS : false),
  });
}

export function eventQuery(projectId: string, eventId: string) {
  return queryOptions({
    queryKey: ["event", projectId, eventId],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/events/{event_id}", {
          params: { path: { event_id: eventId }, query: { project_id: projectId } },
          signal,
        }),
      ),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
}

export function firstStepsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["first-steps", projectId],
    queryFn: () => read(client.GET("/api/v1/first-steps", { params: { query: { project_id: projectId } } })),
    retry: false,
  });
}
