/** Reads canonical messages as they come, whatever a sender put into them. */

export interface Part {
  type: string;
  content?: unknown;
  name?: unknown;
  arguments?: unknown;
  response?: unknown;
  id?: unknown;
  uri?: unknown;
  mime_type?: unknown;
  modality?: unknown;
}

export interface Message {
  role: string;
  parts: Part[];
  name: string;
  finish_reason: string;
}

/** Reads a message; what has another shape is one part of JSON. */
export function asMessage(given: unknown): Message {
  const known = isObject(given) ? given : {};
  const { role, name, finish_reason, parts } = known;
  return {
    role: asText(role) || "?",
    name: asText(name),
    finish_reason: asText(finish_reason),
    parts: Array.isArray(parts) ? parts.map(asPart) : [{ type: "json", content: given }],
  };
}

function asPart(given: unknown): Part {
  if (isObject(given) && typeof given.type === "string") return given as unknown as Part;
  return { type: "json", content: given };
}

/** Returns a text as it is; anything else as nothing, so that no name is ever more than a name. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
