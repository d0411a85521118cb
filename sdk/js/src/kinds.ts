/** Says which field of a measured event is which key of its body; holds no behaviour. */

/** How fields become the body of one event type: known ones have a key, others go into `extras`. */
export interface Kind {
  readonly type: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly extras: "attributes" | "metadata";
  /** Fields that the server takes as text only. */
  readonly texts: ReadonlySet<string>;
}

function kind(
  type: string,
  extras: Kind["extras"],
  keys: string,
  renamed: Record<string, string>,
  texts: string,
): Kind {
  const same = Object.fromEntries(keys.split(" ").map((key) => [key, key]));
  return { type, extras, keys: { ...same, ...renamed }, texts: new Set(texts.split(" ")) };
}

export const SPAN = kind(
  "span",
  "attributes",
  "name input output status statusMessage",
  {},
  "name status statusMessage",
);
export const MODEL_CALL = kind(
  "model_response",
  "metadata",
  "model provider prompt messages response finishReason usage status statusMessage",
  {},
  "model provider finishReason status statusMessage",
);
export const TOOL = kind(
  "tool_call",
  "metadata",
  "arguments result status statusMessage",
  { name: "toolName" },
  "name status statusMessage",
);
export const AGENT = kind(
  "agent_action",
  "metadata",
  "action input output reasoning stepIndex state statePatch status statusMessage",
  { name: "agentName" },
  "action name status statusMessage",
);
