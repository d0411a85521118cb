/** Reads token usage in our names and in those of the OpenAI and Anthropic clients; never guesses a number. */

import { warn } from "./notices.js";
import type { Json, JsonObject } from "./values.js";
import { emptyObject, isObject } from "./values.js";

// As given → as sent; Anthropic's names for what it counts beside the input are not among them.
const NAMES = new Map([
  ["input_tokens", "inputTokens"],
  ["output_tokens", "outputTokens"],
  ["cache_read_tokens", "cacheReadTokens"],
  ["cache_write_tokens", "cacheWriteTokens"],
  ["reasoning_tokens", "reasoningTokens"],
  ["cost_usd", "costUSD"],
  ["prompt_tokens", "inputTokens"],
  ["completion_tokens", "outputTokens"],
]);
// Where OpenAI puts what is counted inside the input and the output already.
const DETAILS = [
  ["prompt_tokens_details", "cached_tokens", "cacheReadTokens"],
  ["input_tokens_details", "cached_tokens", "cacheReadTokens"],
  ["completion_tokens_details", "reasoning_tokens", "reasoningTokens"],
  ["output_tokens_details", "reasoning_tokens", "reasoningTokens"],
] as const;
// Anthropic counts cached tokens beside the input; our input counts them.
const BESIDE_INPUT = new Map([
  ["cache_read_input_tokens", "cacheReadTokens"],
  ["cache_creation_input_tokens", "cacheWriteTokens"],
]);
const COUNTS = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "reasoningTokens"];

/** Return the usage of a model call as the server reads it, from a copied value; unknown counts are kept. */
export function readUsage(given: Json | undefined): JsonObject | undefined {
  if (!isObject(given)) return undefined;
  const usage = emptyObject();
  for (const [name, value] of Object.entries(given)) {
    if (value !== null && !BESIDE_INPUT.has(name) && !name.endsWith("_details")) usage[NAMES.get(name) ?? name] = value;
  }
  for (const [part, name, kind] of DETAILS) {
    const details = given[part];
    const count = isObject(details) ? details[name] : undefined;
    if (count !== undefined && count !== null) usage[kind] = count;
  }
  for (const [name, kind] of BESIDE_INPUT) {
    const count = given[name];
    if (!isCount(count)) continue;
    usage[kind] = count;
    usage.inputTokens = (isCount(usage.inputTokens) ? usage.inputTokens : 0) + count;
  }
  leaveOutWrong(usage);
  return usage;
}

function leaveOutWrong(usage: JsonObject): void {
  for (const kind of COUNTS) {
    if (usage[kind] === undefined || isCount(usage[kind])) continue;
    // The server would refuse the whole call for it.
    delete usage[kind];
    warn("usage", `a token count that is not a whole number ≥ 0 was left out (${kind})`);
  }
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
