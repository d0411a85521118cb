/** What can be filtered. */

import { queryOptions } from "@tanstack/react-query";
import type { Fields, Kind, Subject } from "../filter/tree";

const TEXT = ["trace_id", "name", "status", "session_id", "user_id", "environment", "release"] as const;
const EVENT_TEXT = ["event_id", "parent_event_id", "type", "status_message", "model", "provider"] as const;
const EVENT_NAMES = ["agent_name", "tool_name", "prompt_name", "prompt_version"] as const;
const of = (kind: Kind, ...names: readonly string[]) => names.map((name) => [name, kind] as const);

const FIELDS: Record<Subject, Fields> = {
  traces: new Map([
    ...of("text", ...TEXT, "input_preview", "output_preview"),
    ...of("list", "tags", "model"),
    ...of("number", "duration_ms", "event_count", "error_count", "model_call_count", "total_tokens"),
    ...of("money", "total_cost_usd"),
    ...of("time", "start_time", "end_time"),
  ]),
  events: new Map([
    ...of("text", ...TEXT, ...EVENT_TEXT, ...EVENT_NAMES),
    ...of("list", "tags"),
    ...of("number", "duration_ms", "step_index", "input_tokens", "output_tokens", "total_tokens"),
    ...of("money", "cost_usd"),
    ...of("time", "start_time"),
    ...of("search", "text"),
  ]),
};

/** The fields of a subject. */
export function fieldsQuery(projectId: string, subject: Subject) {
  return queryOptions({
    queryKey: ["fields", projectId, subject],
    queryFn: (): Fields => FIELDS[subject],
    initialData: FIELDS[subject],
    staleTime: Number.POSITIVE_INFINITY,
  });
}
