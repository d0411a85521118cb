import { ApiError, client, read } from "./client";
import { bounds } from "./range";

export interface Found {
  traceId: string;
  eventId?: string;
}

/** Finds the trace or the event that has an id; null when there is none. */
export async function findById(projectId: string, id: string): Promise<Found | null> {
  const [event, trace] = await Promise.all([eventTrace(projectId, id), hasTrace(projectId, id)]);
  if (trace) return { traceId: id };
  return event ? { traceId: event, eventId: id } : null;
}

async function eventTrace(projectId: string, id: string): Promise<string | null> {
  const params = { path: { event_id: id }, query: { project_id: projectId } };
  try {
    return (await read(client.GET("/api/v1/events/{event_id}", { params }))).trace_id || null;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500 && error.status > 0) return null;
    throw error;
  }
}

/** By the list: the trace itself may be large. */
async function hasTrace(projectId: string, id: string): Promise<boolean> {
  const filter = JSON.stringify({ field: "trace_id", op: "=", value: id });
  const query = { project_id: projectId, limit: 1, filter, ...bounds({ range: "400d" }) };
  return (await read(client.GET("/api/v1/traces", { params: { query } }))).data.length > 0;
}
