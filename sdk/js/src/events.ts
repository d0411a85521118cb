/**
 * Sends single events: one function for each of the eleven types, and one for any of them. Each returns the event's id,
 * "" when nothing was sent.
 *
 * An event sent inside a span is its child. A model call, tool call, agent action or retrieval outside any span is a
 * trace of its own; other events outside any span belong to no trace.
 */

import type { Envelope } from "./capture.js";
import { MAX_LATENCY_MS, sendEvent, sending } from "./capture.js";
import { warn } from "./notices.js";
import { promptOf } from "./prompts.js";
import { readUsage } from "./usage.js";
import type { JsonObject } from "./values.js";
import { cleanId, freeze, isObject, MAX_VALUE_BYTES, textOf } from "./values.js";

export type EventType =
  | "log"
  | "error"
  | "span"
  | "token_usage"
  | "message"
  | "model_response"
  | "agent_action"
  | "tool_call"
  | "retrieval"
  | "eval_metric"
  | "custom";

/** Send one event of any type with the body as the server's API names it. The values are copied now. */
export function captureEvent(type: EventType, body: object, envelope: Envelope = {}): string {
  return sending("captureEvent", (client) =>
    sendEvent(client, textOf(type), isObject(body) ? body : {}, envelope ?? {}),
  );
}

export interface ModelResponseFields extends Envelope {
  prompt?: string | undefined;
  messages?: unknown;
  /** A text, a message, or the whole answer of the provider's client, which brings its own usage. */
  response?: unknown;
  /** `{inputTokens, outputTokens, …}`, or the usage of OpenAI or Anthropic. */
  usage?: unknown;
  provider?: string | undefined;
  latencyMs?: number | undefined;
  finishReason?: string | undefined;
  metadata?: object | undefined;
}

/** Send one finished call of a model; use `modelCall` to have its time measured. */
export function modelResponse(model: string, fields: ModelResponseFields = {}): string {
  return sending("modelResponse", (client) => {
    const { prompt, messages, response, provider, finishReason, metadata, ...envelope } = fields ?? {};
    const frozen = freeze(response).value;
    const usage = freeze(envelope.usage).value ?? (isObject(frozen) ? frozen.usage : undefined);
    const asked = { prompt: said(prompt), messages: freeze(messages).value } as JsonObject;
    const mark = promptOf(asked);
    const body = {
      ...asked,
      model: textOf(model),
      response: frozen,
      usage: readUsage(usage),
      provider: said(provider),
      latencyMs: duration(envelope.latencyMs),
      finishReason: said(finishReason),
      metadata: mark ? { prompt: mark, ...metadata } : metadata,
    };
    return sendEvent(client, "model_response", body, envelope, envelope.latencyMs);
  });
}

export interface ToolCallFields extends Envelope {
  arguments?: unknown;
  result?: unknown;
  latencyMs?: number | undefined;
  error?: unknown;
  metadata?: object | undefined;
}

/** Send one finished call of a tool; use `tool` to have its time measured. */
export function toolCall(name: string, fields: ToolCallFields = {}): string {
  return sending("toolCall", (client) => {
    const { arguments: given, result, latencyMs, error: problem, metadata, ...envelope } = fields ?? {};
    const failed = problem === undefined || problem === null ? undefined : problem;
    const body = {
      toolName: textOf(name),
      arguments: given,
      result,
      latencyMs: duration(latencyMs),
      status: failed === undefined ? undefined : "error",
      statusMessage: failed === undefined ? undefined : messageOf(failed),
      metadata,
    };
    return sendEvent(client, "tool_call", body, envelope, latencyMs);
  });
}

export interface AgentActionFields extends Envelope {
  name?: string | undefined;
  input?: unknown;
  output?: unknown;
  reasoning?: string | undefined;
  stepIndex?: number | undefined;
  state?: object | undefined;
  statePatch?: unknown;
  metadata?: object | undefined;
}

/** Send one finished action of the agent `name`; use `agent` or `step` to have children and a duration. */
export function agentAction(action: string, fields: AgentActionFields = {}): string {
  return sending("agentAction", (client) => {
    const { name, input, output, reasoning, stepIndex, state, statePatch, metadata, ...envelope } = fields ?? {};
    const body = { input, output, stepIndex, state, statePatch, metadata };
    const texts = { action: textOf(action), agentName: said(name), reasoning: said(reasoning) };
    return sendEvent(client, "agent_action", { ...texts, ...body }, envelope);
  });
}

export interface RetrievalResult {
  id?: string | undefined;
  score?: number | undefined;
  text?: string | undefined;
  metadata?: object | undefined;
}

/** Send one search; a result is `{id, score, text, metadata}`, or its text alone. */
export function retrieval(
  query: string,
  results?: readonly (RetrievalResult | string)[],
  fields: Envelope & { vectorDimensions?: number | undefined; latencyMs?: number | undefined } = {},
): string {
  return sending("retrieval", (client) => {
    const { vectorDimensions, latencyMs, ...envelope } = fields ?? {};
    const found = Array.isArray(results)
      ? results.map((one: unknown) => (typeof one === "string" ? { text: one } : one))
      : undefined;
    const body = { query: said(query) ?? "", results: found, vectorDimensions, latencyMs: duration(latencyMs) };
    return sendEvent(client, "retrieval", body, envelope, latencyMs);
  });
}

type WithMetadata = Envelope & { metadata?: object | undefined };
const LEVELS: Readonly<Record<string, string>> = { debug: "debug", trace: "debug", warn: "warn", warning: "warn" };

/** Send one log line; `level` is debug, info, warn or error. */
export function log(message: string, fields: WithMetadata & { level?: string | undefined } = {}): string {
  return sending("log", (client) => {
    const { level, metadata, ...envelope } = fields ?? {};
    const word = textOf(level ?? "info").toLowerCase();
    const known = /^(error|fatal|critical)$/.test(word) ? "error" : Object.hasOwn(LEVELS, word) ? LEVELS[word] : "info";
    return sendEvent(client, "log", { level: known, message: said(message) ?? "", metadata }, envelope);
  });
}

export interface ErrorFields extends WithMetadata {
  type?: string | undefined;
  stack?: string | undefined;
  fingerprint?: readonly string[] | undefined;
}

/** Send one error, from an Error or in words. It is read, not kept. */
export function error(problem: unknown, fields: ErrorFields = {}): string {
  return sending("error", (client) => {
    const { type, stack, fingerprint, metadata, ...envelope } = fields ?? {};
    const isError = problem instanceof Error;
    const name = type ?? (isError ? problem.name : undefined);
    const body = {
      message: messageOf(problem) || name || "error",
      type: name === undefined ? undefined : cleanId(name),
      stack: said(stack ?? (isError ? problem.stack : undefined)),
      fingerprint,
      metadata,
    };
    return sendEvent(client, "error", body, envelope);
  });
}

/** Send one turn of a conversation. */
export function message(
  role: "user" | "system" | "assistant" | "tool",
  content: unknown,
  fields: WithMetadata = {},
): string {
  return sending("message", (client) => {
    const { metadata, ...envelope } = fields ?? {};
    return sendEvent(client, "message", { role: cleanId(role), content: content ?? "", metadata }, envelope);
  });
}

export interface TokenUsageFields extends Envelope {
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  cacheReadTokens?: number | undefined;
  cacheWriteTokens?: number | undefined;
  reasoningTokens?: number | undefined;
  provider?: string | undefined;
  costUSD?: number | string | undefined;
}

/** Send the usage of a model call that was sent without one; inside `modelCall` it becomes that call's. */
export function tokenUsage(model: string, fields: TokenUsageFields = {}): string {
  return sending("tokenUsage", (client) => {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, ...rest } = fields ?? {};
    const { provider, costUSD, ...envelope } = rest;
    const counts = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, costUSD };
    const usage = readUsage(freeze(counts).value);
    const body = { inputTokens: 0, outputTokens: 0, ...usage, model: textOf(model), provider: said(provider) };
    return sendEvent(client, "token_usage", body, envelope);
  });
}

export interface ScoreFields extends WithMetadata {
  label?: string | undefined;
  suiteId?: string | undefined;
  comment?: string | undefined;
}

/** Send one score: a number or a label, on the span around it or on `parentEventId` of `traceId`. */
export function evalMetric(metric: string, value?: number | boolean | null, fields: ScoreFields = {}): string {
  return sending("evalMetric", (client) => {
    const { label, suiteId, comment, metadata, ...envelope } = fields ?? {};
    const number = typeof value === "boolean" ? Number(value) : value;
    // A judge that failed gives no number. The score stays visible, and out of every average.
    const isNumber = typeof number === "number" && Number.isFinite(number);
    const words = label ?? (isNumber || value === undefined || value === null ? undefined : textOf(value));
    const body = {
      metric: textOf(metric),
      value: isNumber ? number : undefined,
      label: said(words),
      suiteId: said(suiteId),
      comment: said(comment),
      metadata,
    };
    return sendEvent(client, "eval_metric", body, envelope);
  });
}

/** A score is what people call it; `eval_metric` is the name of its type. */
export const score: typeof evalMetric = evalMetric;

/** Send one event of your own making. */
export function custom(name: string, payload?: unknown, envelope: Envelope = {}): string {
  return sending("custom", (client) => sendEvent(client, "custom", { name: textOf(name), payload }, envelope ?? {}));
}

/** Return a text for what the server takes as text only; a whole event is worth more than its type hints. */
function said(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, MAX_VALUE_BYTES);
}

function messageOf(problem: unknown): string {
  return textOf(problem instanceof Error ? problem.message : problem, MAX_VALUE_BYTES);
}

function duration(latencyMs: unknown): number | undefined {
  if (latencyMs === undefined || latencyMs === null) return undefined;
  if (typeof latencyMs === "number" && latencyMs >= 0 && latencyMs < MAX_LATENCY_MS) return latencyMs;
  warn("latency", "a latency that is not a number of milliseconds ≥ 0 was left out");
  return undefined;
}
