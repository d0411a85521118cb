/**
 * WatchLLM: sends what your LLM application does to a WatchLLM server, and never gets in its way.
 *
 *     import * as watchllm from "watchllm";
 *
 *     watchllm.init({ apiKey: "wl_...", baseUrl: "http://127.0.0.1:8000" });
 *     await watchllm.span("hello", async () => "Hi!");
 *
 * This module lists the whole public surface; everything else may change.
 */

export { wrapAnthropic } from "./anthropic.js";
export type { Envelope } from "./capture.js";
export type {
  AgentActionFields,
  ErrorFields,
  EventType,
  ModelResponseFields,
  RetrievalResult,
  ScoreFields,
  TokenUsageFields,
  ToolCallFields,
} from "./events.js";
export {
  agentAction,
  captureEvent,
  custom,
  error,
  evalMetric,
  log,
  message,
  modelResponse,
  retrieval,
  score,
  tokenUsage,
  toolCall,
} from "./events.js";
export type { AgentFields, ModelCallFields, SpanFields, StepFields, ToolFields } from "./measured.js";
export { agent, context, currentSpan, modelCall, span, step, tool } from "./measured.js";
export type { ObserveOptions } from "./observe.js";
export { observe } from "./observe.js";
export type { WrapOptions } from "./openai.js";
export { wrapOpenAI } from "./openai.js";
export type { Stats } from "./outbox.js";
export { flush, init, shutdown, stats, waitUntil } from "./process.js";
export { prompt } from "./prompts.js";
export type { RedactHook } from "./redaction.js";
export type { ContextFields } from "./scope.js";
export type { InitOptions } from "./settings.js";
export type { Agent, ModelCall, Span, Tool } from "./spans.js";
export { VERSION } from "./version.js";
