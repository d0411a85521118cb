/** What pages read: one query each, so that a key and its options exist once. */

import { QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, client, read } from "./client";

const RUNNING_POLL_MS = 1_500;

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

export function traceQuery(projectId: string, traceId: string) {
  return queryOptions({
    queryKey: ["trace", projectId, traceId],
    queryFn: async ({ signal }) => {
      const params = {
        path: { trace_id: traceId },
        query: { project_id: projectId, shape: "columns" as const },
      };
      const trace = await read(client.GET("/api/v1/traces/{trace_id}", { params, signal }));
      if (trace.shape !== "columns")
        throw new ApiError("The trace came in another shape.", 200, "unexpected", null);
      return trace;
    },
    refetchInterval: ({ state }) => (state.data?.status === "running" ? RUNNING_POLL_MS : false),
  });
}

/** Where in the inputs and outputs of a trace a text stands. */
export function findTextQuery(projectId: string, traceId: string, text: string) {
  return queryOptions({
    queryKey: ["find", projectId, traceId, text],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/traces/{trace_id}/find", {
          params: { path: { trace_id: traceId }, query: { project_id: projectId, text } },
          signal,
        }),
      ),
    enabled: text !== "",
    staleTime: 30_000,
  });
}

/** How a trace and its events were judged. */
export function scoresQuery(projectId: string, traceId: string) {
  return queryOptions({
    queryKey: ["scores", projectId, traceId],
    queryFn: async ({ signal }) => {
      const params = { path: { trace_id: traceId }, query: { project_id: projectId } };
      return (await read(client.GET("/api/v1/traces/{trace_id}/scores", { params, signal }))).data;
    },
    staleTime: 10_000,
  });
}

/** The stages that an event has reached. */
export function whereIsQuery(projectId: string, eventId: string) {
  return queryOptions({
    queryKey: ["where-is", projectId, eventId],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/where-is", {
          params: { query: { project_id: projectId, event_id: eventId } },
          signal,
        }),
      ),
    staleTime: 5_000,
  });
}

export function eventQuery(projectId: string, traceId: string, eventId: string) {
  return queryOptions({
    queryKey: ["event", projectId, eventId],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/events/{event_id}", {
          params: {
            path: { event_id: eventId },
            query: { project_id: projectId, trace_id: traceId },
          },
          signal,
        }),
      ),
    staleTime: 30_000,
  });
}

export function firstStepsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["first-steps", projectId],
    queryFn: () => read(client.GET("/api/v1/first-steps", { params: { query: { project_id: projectId } } })),
    retry: false,
  });
}
