/** Renders prompt templates, and remembers what came out, so that the call that sends it can be marked. */

import { guarded } from "./notices.js";
import { state } from "./state.js";
import type { Json, JsonObject } from "./values.js";
import { cleanId, emptyObject, freeze, isObject, textOf } from "./values.js";

const PLACEHOLDER = /\{\{ *([A-Za-z_][A-Za-z0-9_.-]*) *\}\}/g;
// What is remembered: enough for the prompts of all requests at a time, and bounded in memory.
const MAX_REMEMBERED = 200;
const MAX_REMEMBERED_CHARS = 64 * 1024;

/**
 * Render a template in one pass: `{{name}}` becomes the variable of that name, and JSON where it is not a text. A name
 * without a variable stays as it is. The model call that sends the text is marked with the template's name.
 */
export function prompt(
  name: string,
  template: string,
  variables: Readonly<Record<string, unknown>> = {},
  options: { version?: string | number } = {},
): string {
  const given = typeof template === "string" ? template : textOf(template, MAX_REMEMBERED_CHARS);
  return guarded("prompt", given, () => {
    const text = given.replace(PLACEHOLDER, (written, key: string) => rendered(variables, key) ?? written);
    if (state.client) remember(text, name, given, variables, options.version);
    return text;
  });
}

function rendered(variables: Readonly<Record<string, unknown>>, key: string): string | undefined {
  if (!isObject(variables) || !Object.hasOwn(variables, key)) return undefined;
  const value = variables[key];
  if (typeof value === "string") return value;
  const frozen = freeze(value).value;
  return frozen === undefined ? undefined : JSON.stringify(frozen);
}

function remember(text: string, name: string, template: string, variables: object, version: unknown): void {
  if (text === "" || text.length > MAX_REMEMBERED_CHARS) return;
  const mark = emptyObject();
  mark.name = cleanId(name);
  mark.template = template.slice(0, MAX_REMEMBERED_CHARS);
  mark.variables = freeze(variables).value ?? null;
  if (version !== undefined) mark.version = cleanId(version);
  const { prompts } = state;
  // The newest stand last, so that the oldest is forgotten first.
  prompts.delete(text);
  prompts.set(text, mark);
  if (prompts.size > MAX_REMEMBERED) prompts.delete(prompts.keys().next().value ?? "");
}

/** Return the mark of the template that made a text of this call, undefined when none did. */
export function promptOf(body: JsonObject): JsonObject | undefined {
  if (state.prompts.size === 0) return undefined;
  for (const text of textsOf(body)) {
    const mark = state.prompts.get(text);
    if (mark) return mark as JsonObject;
  }
  return undefined;
}

function* textsOf(body: JsonObject): Generator<string> {
  if (typeof body.prompt === "string") yield body.prompt;
  const messages: Json[] = Array.isArray(body.messages) ? body.messages : [body.messages ?? null];
  for (const message of messages) {
    if (typeof message === "string") yield message;
    if (!isObject(message)) continue;
    const parts: Json[] = Array.isArray(message.content) ? message.content : [message.content ?? null];
    for (const part of parts) {
      if (typeof part === "string") yield part;
      else if (isObject(part) && typeof part.text === "string") yield part.text;
    }
  }
}
