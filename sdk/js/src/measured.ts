/** Runs a block of the host inside a measured event: `span`, `modelCall`, `tool`, `agent`, `step`, and `context`. */

import type { Client } from "./client.js";
import type { AgentActionFields } from "./events.js";
import { agentAction } from "./events.js";
import { currentFlow, runIn } from "./flow.js";
import { fault, guarded, warn } from "./notices.js";
import { activeClient } from "./process.js";
import type { ContextFields } from "./scope.js";
import { scopeFrom, within } from "./scope.js";
import { settled } from "./settling.js";
import type { Origin, Span } from "./spans.js";
import { Agent, ModelCall, plainSpan, Tool } from "./spans.js";
import { state } from "./state.js";
import { isObject, textOf } from "./values.js";

/** What `span()` takes beside its name; anything else becomes an attribute. */
export interface SpanFields extends Origin {
  input?: unknown;
  output?: unknown;
  attributes?: object | undefined;
  [attribute: string]: unknown;
}

/**
 * Measure a block, and make what happens inside its children. Returns what `work` returns; a promise or a generator
 * is measured to its end, and becomes the span's output unless the block set another one.
 */
export function span<R>(name: string, work: (span: Span) => R): R;
export function span<R>(name: string, fields: SpanFields, work: (span: Span) => R): R;
export function span<R>(name: string, given: SpanFields | ((span: Span) => R), last?: (span: Span) => R): R {
  const [fields, work] = parameters(given, last);
  const make = (client: Client | null) => {
    const { traceId, parentEventId, ...rest } = client ? (fields as SpanFields) : {};
    return plainSpan(client, { ...rest, name: textOf(name) }, { traceId, parentEventId });
  };
  return measured("span", make, work, (output) => ({ output }));
}

export interface ModelCallFields {
  prompt?: string | undefined;
  messages?: unknown;
  provider?: string | undefined;
  usage?: unknown;
  metadata?: object | undefined;
  [metadata: string]: unknown;
}

/** Measure a call of a model; what the block returns is its response, unless it says so itself by `call.response()`. */
export function modelCall<R>(model: string, fields: ModelCallFields, work: (call: ModelCall) => R): R {
  const make = (client: Client | null) => new ModelCall(client, client ? { ...fields, model: textOf(model) } : {});
  return measured("modelCall", make, work, (response) => ({ response }));
}

export interface ToolFields {
  arguments?: unknown;
  metadata?: object | undefined;
  [metadata: string]: unknown;
}

/** Measure a call of a tool; what the block returns is its result. */
export function tool<R>(name: string, fields: ToolFields, work: (tool: Tool) => R): R {
  const make = (client: Client | null) => new Tool(client, client ? { ...fields, name: textOf(name) } : {});
  return measured("tool", make, work, (result) => ({ result }));
}

export interface AgentFields {
  action?: string | undefined;
  input?: unknown;
  reasoning?: string | undefined;
  stepIndex?: number | undefined;
  state?: object | undefined;
  metadata?: object | undefined;
  [metadata: string]: unknown;
}

/** Measure an action of the agent `name`; its model calls, tools and steps become its children. */
export function agent<R>(name: string, fields: AgentFields, work: (agent: Agent) => R): R {
  const make = (client: Client | null) =>
    new Agent(client, client ? { action: "run", ...fields, name: textOf(name) } : {});
  return measured("agent", make, work, (output) => ({ output }));
}

export interface StepFields {
  /** The messages that the agent sees. */
  context?: unknown;
  /** The agent's own variables. */
  memory?: unknown;
  name?: string | undefined;
  input?: unknown;
  output?: unknown;
  reasoning?: string | undefined;
  /** Counted within the trace where it is left out. */
  stepIndex?: number | undefined;
  metadata?: object | undefined;
}

/**
 * Send one step of an agent with its state: what the debugger moves by. With a block, the step is measured and what
 * happens inside are its children; without one, it is sent as it is, and its id is returned.
 */
export function step(action: string, fields?: StepFields): string;
export function step<R>(action: string, fields: StepFields, work: (step: Agent) => R): R;
export function step<R>(action: string, given: StepFields = {}, work?: (step: Agent) => R): R | string {
  if (work === undefined) return guarded("step", "", () => agentAction(action, stepFields(given)));
  const make = (client: Client | null) =>
    new Agent(client, client ? { ...stepFields(given), action: textOf(action) } : {});
  return measured("step", make, work, (output) => ({ output }));
}

function stepFields(given: StepFields): AgentActionFields {
  const { context: seen, memory, ...rest } = isObject(given) ? (given as StepFields) : {};
  const state = seen === undefined && memory === undefined ? undefined : { context: seen, memory };
  const stepIndex = rest.stepIndex ?? currentFlow().span?.nextStep() ?? 0;
  return { ...rest, state, stepIndex };
}

/**
 * Give every event inside `work` these fields; inner contexts win, tags and metadata add up. A span takes what holds
 * where it begins.
 */
export function context<R>(fields: ContextFields, work: () => R): R {
  if (typeof work !== "function") return withoutWork("context");
  if (state.isOff) return work();
  const flow = currentFlow();
  const scope = guarded("context", flow.scope, () => {
    return within(scopeFrom(fields ?? {}, activeClient()?.settings.redaction), flow.scope);
  });
  return runIn({ span: flow.span, scope }, work);
}

/** Return the innermost open span, model call, tool or agent; outside any, one that records nothing. */
export function currentSpan(): Span {
  return currentFlow().span ?? plainSpan(null, {});
}

function parameters<S, R>(given: unknown, last: ((span: S) => R) | undefined): [object, (span: S) => R] {
  if (typeof given === "function") return [{}, given as (span: S) => R];
  return [isObject(given) ? given : {}, last as (span: S) => R];
}

function measured<S extends Span, R>(
  place: string,
  make: (client: Client | null) => S,
  work: (span: S) => R,
  record: (value: unknown) => object,
): R {
  if (typeof work !== "function") return withoutWork(place);
  const client = activeClient();
  if (!client) return work(make(null));
  let opened: S;
  try {
    opened = make(client);
  } catch (problem) {
    fault(place, problem);
    const unrecorded = make(null);
    return work(unrecorded);
  }
  return settled(
    opened,
    () => work(opened),
    (value) => unlessSet(opened, record(value)),
  );
}

function withoutWork<R>(place: string): R {
  warn(`work:${place}`, `${place}() was called without a function to run`);
  return undefined as R;
}

function unlessSet(opened: Span, result: object): object {
  return Object.fromEntries(Object.entries(result).filter(([name]) => !opened.has(name)));
}
