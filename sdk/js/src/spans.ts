/**
 * Events with a duration: what happens inside one becomes its child. Each is sent once, when it ends.
 *
 * Nothing here throws into the host or changes what the host's block does.
 */

import type { Client } from "./client.js";
import { Entry } from "./entry.js";
import type { Flow } from "./flow.js";
import { currentFlow, runIn } from "./flow.js";
import type { Kind } from "./kinds.js";
import { AGENT, MODEL_CALL, SPAN, TOOL } from "./kinds.js";
import { fault } from "./notices.js";
import { promptOf } from "./prompts.js";
import type { Scope } from "./scope.js";
import { NO_SCOPE } from "./scope.js";
import { readUsage } from "./usage.js";
import type { JsonObject } from "./values.js";
import { cleanId, cleanKey, emptyObject, freeze, isObject, textOf } from "./values.js";

/** Continues a trace that began in another process. */
export interface Origin {
  traceId?: string | undefined;
  parentEventId?: string | undefined;
}

/** A piece of work of the host. Made by `span()` and its kin, not by hand. */
export class Span {
  readonly #client: Client | null;
  readonly #kind: Kind;
  readonly #body: JsonObject = emptyObject();
  readonly #extras: JsonObject = emptyObject();
  readonly #scope: Scope = NO_SCOPE;
  readonly #wallUs: number = 0;
  readonly #tickUs: number = 0;
  readonly #steps: { next: number };
  #size = 0;
  #isOpen: boolean;
  /** "" where nothing is sent. */
  readonly eventId: string = "";
  readonly traceId: string = "";
  readonly parentEventId: string = "";

  constructor(client: Client | null, kind: Kind, fields: object, origin: Origin = {}) {
    this.#client = client;
    this.#kind = kind;
    this.#isOpen = client !== null;
    this.#steps = { next: 0 };
    if (!client) return;
    const { span: outer, scope } = currentFlow();
    const traceId = cleanId(origin.traceId);
    const parentEventId = cleanId(origin.parentEventId);
    const isInside = outer !== null && outer.eventId !== "" && (traceId === "" || traceId === outer.traceId);
    this.traceId = isInside ? outer.traceId : traceId || client.newId();
    this.parentEventId = parentEventId || (isInside ? outer.eventId : "");
    this.eventId = client.newId();
    if (isInside) this.#steps = outer.#steps;
    this.#scope = scope;
    // Of a trace that is not sent nothing is copied; its ids are there, so that all of it makes the same choice.
    if (!client.isSampled(this.traceId)) this.#isOpen = false;
    this.set(fields);
    this.#wallUs = client.clock.wallUs();
    this.#tickUs = client.clock.tickUs();
  }

  /**
   * Record fields of this event; those that its type does not know become attributes or metadata. Values are copied
   * now, undefined is ignored. Known to a span: name, input, output, status ("ok" or "error"), statusMessage.
   */
  set(fields: object): this {
    if (!this.#isOpen) return this;
    try {
      for (const name of Object.keys(fields)) this.#put(name, (fields as Record<string, unknown>)[name]);
    } catch (problem) {
      fault(`${this.#kind.type}.set`, problem);
    }
    return this;
  }

  /** Return whether a field of this event's type was recorded. */
  has(name: string): boolean {
    const key = this.#kind.keys[name];
    return key !== undefined && this.#body[key] !== undefined;
  }

  /** Run `work` inside this span: what it sends becomes a child. For work that outlives the block of the span. */
  run<R>(work: () => R): R {
    return this.#client ? runIn(this.flow(), work) : work();
  }

  /** Return what surrounds the work inside this span. */
  flow(): Flow {
    return { span: this, scope: currentFlow().scope };
  }

  /** Return the milliseconds since this span began. */
  elapsedMs(): number {
    return this.#client ? (this.#client.clock.tickUs() - this.#tickUs) / 1000 : 0;
  }

  /** Return the number of the next step of this span's trace. */
  nextStep(): number {
    return this.#steps.next++;
  }

  /** Send the event, with what was thrown, if anything; later calls do nothing. */
  end(problem?: { thrown: unknown }): void {
    const client = this.#client;
    if (!client || !this.#isOpen) return;
    try {
      const durationUs = Math.max(0, client.clock.tickUs() - this.#tickUs);
      if (problem) this.#record(problem.thrown);
      const body = this.#finishedBody();
      this.#isOpen = false;
      const { eventId, traceId, parentEventId } = this;
      const type = this.#kind.type;
      const size = this.#size;
      client.capture(
        new Entry(type, eventId, traceId, parentEventId, this.#wallUs, durationUs, this.#scope, body, size),
      );
    } catch (mistake) {
      this.#isOpen = false;
      fault(this.#kind.type, mistake);
    }
  }

  #put(name: string, value: unknown): void {
    const { value: frozen, size } = freeze(value);
    if (frozen === undefined || frozen === null) return;
    this.#size += size;
    const kind = this.#kind;
    const key = Object.hasOwn(kind.keys, name) ? kind.keys[name] : undefined;
    if (key !== undefined) this.#body[key] = kind.texts.has(name) ? textOf(frozen) : frozen;
    else if (name === kind.extras && isObject(frozen)) Object.assign(this.#extras, frozen);
    else this.#extras[cleanKey(name)] = frozen;
  }

  #finishedBody(): JsonObject {
    const body = this.#body;
    body.status ??= "ok";
    if (this.#kind === MODEL_CALL) {
      const { response } = body;
      const usage = readUsage(body.usage ?? (isObject(response) ? response.usage : undefined));
      if (usage) body.usage = usage;
      else delete body.usage;
      const mark = promptOf(body);
      if (mark && this.#extras.prompt === undefined) this.#extras.prompt = mark;
    }
    if (Object.keys(this.#extras).length) body[this.#kind.extras] = this.#extras;
    return body;
  }

  #record(thrown: unknown): void {
    const isError = thrown instanceof Error;
    const message = textOf(isError ? thrown.message || thrown.name : thrown, 64 * 1024);
    const name = isError ? thrown.name : typeof thrown;
    this.#put("status", "error");
    this.#body.statusMessage = message;
    this.#put("exception.type", name);
    this.#put("exception.message", message);
    if (isError) this.#put("exception.stacktrace", textOf(thrown.stack ?? "", 64 * 1024));
  }
}

/** A call of a model. */
export class ModelCall extends Span {
  constructor(client: Client | null, fields: object) {
    super(client, MODEL_CALL, fields);
  }

  /**
   * Record what the model answered: a text, a message, or the whole answer of the provider's client, which brings its
   * own usage. `model` is the one that really answered, where it differs.
   */
  response(response: unknown, more: { usage?: unknown; finishReason?: string; model?: string } = {}): this {
    return this.set({ ...more, response });
  }
}

/** A call of a tool. */
export class Tool extends Span {
  constructor(client: Client | null, fields: object) {
    super(client, TOOL, fields);
  }

  /** Record what the tool returned. */
  result(result: unknown): this {
    return this.set({ result });
  }
}

/** An action of an agent, with what it led to as its children. */
export class Agent extends Span {
  constructor(client: Client | null, fields: object) {
    super(client, AGENT, fields);
  }
}

/** Make a plain span. */
export function plainSpan(client: Client | null, fields: object, origin?: Origin): Span {
  return new Span(client, SPAN, fields, origin);
}
