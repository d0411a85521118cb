import { queryOptions } from "@tanstack/react-query";
import { client, type EventAnswer, read, type TraceRow } from "./client";

/** What was said in a trace: its first event at top level, whole; null when it has none. */
export function turnQuery(projectId: string, trace: TraceRow) {
  return queryOptions({
    queryKey: ["turn", projectId, trace.trace_id, trace.event_count, trace.status],
    queryFn: async ({ signal }): Promise<EventAnswer | null> => {
      const { trace_id: traceId, start_time: from, end_time } = trace;
      // The end is exclusive, and a trace may be shorter than the clock tells apart.
      const to = new Date(Date.parse(end_time) + 1_000).toISOString();
      const conditions = [
        { field: "trace_id", op: "=", value: traceId },
        { field: "parent_event_id", op: "exists", value: false },
      ];
      const query = {
        project_id: projectId,
        limit: 1,
        sort: "start_time" as const,
        filter: JSON.stringify({ and: conditions }),
        from,
        to,
      };
      const { data } = await read(client.GET("/api/v1/events", { params: { query }, signal }));
      const first = data[0];
      if (!first) return null;
      const params = { path: { event_id: first.event_id }, query: { project_id: projectId } };
      return read(client.GET("/api/v1/events/{event_id}", { params, signal }));
    },
    staleTime: 60_000,
  });
}

interface Role {
  role?: unknown;
}

/** The messages that a turn adds: those after the model last spoke, without instructions that it always gets. */
export function newMessages(messages: readonly unknown[]): unknown[] {
  const roles = messages.map((message) => (message as Role | null)?.role);
  const spoke = roles.lastIndexOf("assistant");
  return messages.slice(spoke + 1).filter((message) => (message as Role | null)?.role !== "system");
}
