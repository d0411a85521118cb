/** Short names of fields, for typing: `cost>0.05` means another field for traces than for events. */

import type { Fields, Kind } from "./tree";

const SHORT: Record<string, readonly string[]> = {
  cost: ["total_cost_usd", "cost_usd"],
  tokens: ["total_tokens"],
  duration: ["duration_ms"],
  user: ["user_id"],
  session: ["session_id"],
  env: ["environment"],
  tag: ["tags"],
  agent: ["agent_name"],
  tool: ["tool_name"],
  prompt: ["prompt_name"],
  events: ["event_count"],
  errors: ["error_count"],
  calls: ["model_call_count"],
  step: ["step_index"],
  message: ["status_message"],
  input: ["input_preview"],
  output: ["output_preview"],
};

const ATTRIBUTE = "attributes.";

/** Returns the field that a typed name means; undefined when there is none. */
export function fieldOf(name: string, fields: Fields): { field: string; kind: Kind } | undefined {
  const field = fields.has(name) ? name : SHORT[name]?.find((one) => fields.has(one));
  const kind = field === undefined ? undefined : fields.get(field);
  if (field !== undefined && kind !== undefined) return { field, kind };
  // Lists of traces have no attributes; the server says so.
  return name.startsWith(ATTRIBUTE) && name.length > ATTRIBUTE.length
    ? { field: name, kind: "attribute" }
    : undefined;
}

/** Returns the name under which a field is typed and shown. */
export function nameOf(field: string): string {
  return Object.keys(SHORT).find((short) => SHORT[short]?.includes(field)) ?? field;
}
