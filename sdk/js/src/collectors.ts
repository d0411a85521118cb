/** Puts the chunks of a provider's stream together to the answer that the same call would have given whole. */

import type { Json, JsonObject } from "./values.js";
import { emptyObject, freeze, isObject, MAX_VALUE_BYTES } from "./values.js";

export interface Collector {
  /** Take a chunk as it came; copies what it keeps. */
  add(chunk: unknown): void;
  /** Whether the provider said that this was all. */
  readonly isComplete: boolean;
  /** Return the answer so far, undefined when nothing came. */
  answer(): JsonObject | undefined;
}

// More choices, calls or blocks than any answer has.
const MAX_PARTS = 1000;

/** What is kept of texts in pieces; beyond it they are not followed any further. */
class Room {
  #left = MAX_VALUE_BYTES;

  grow(text: Json | undefined, piece: string): string {
    const kept = piece.slice(0, this.#left);
    this.#left -= kept.length;
    return (typeof text === "string" ? text : "") + kept;
  }
}

function copyOf(value: unknown): JsonObject {
  const copied = freeze(value).value;
  return isObject(copied) ? (copied as JsonObject) : emptyObject();
}

function part<T>(parts: Map<number, T>, index: unknown, make: () => T): T | undefined {
  const at = typeof index === "number" ? index : 0;
  const known = parts.get(at);
  if (known !== undefined || parts.size >= MAX_PARTS) return known;
  const made = make();
  parts.set(at, made);
  return made;
}

function inOrder<T>(parts: Map<number, T>): T[] {
  return [...parts].sort(([one], [other]) => one - other).map(([, value]) => value);
}

interface Choice {
  message: JsonObject;
  calls: Map<number, JsonObject>;
  finishReason: Json;
}

const CHAT_FIELDS = ["id", "created", "model", "service_tier", "system_fingerprint"];

/** The chunks of OpenAI's chat completions. */
export class ChatCollector implements Collector {
  readonly #head = emptyObject();
  readonly #choices = new Map<number, Choice>();
  readonly #room = new Room();
  #usage: JsonObject | undefined;

  get isComplete(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every((choice) => choice.finishReason !== null);
  }

  add(chunk: unknown): void {
    if (!isObject(chunk)) return;
    for (const name of CHAT_FIELDS) {
      const value = chunk[name];
      if (typeof value === "string" || typeof value === "number") this.#head[name] = value;
    }
    if (isObject(chunk.usage)) this.#usage = copyOf(chunk.usage);
    for (const one of Array.isArray(chunk.choices) ? chunk.choices : []) if (isObject(one)) this.#addChoice(one);
  }

  answer(): JsonObject | undefined {
    if (this.#choices.size === 0 && !this.#usage) return undefined;
    const choices = inOrder(this.#choices).map((choice, index) => ({
      index,
      message: choice.calls.size ? { ...choice.message, tool_calls: inOrder(choice.calls) } : choice.message,
      finish_reason: choice.finishReason,
    }));
    const answer: JsonObject = { ...this.#head, object: "chat.completion", choices };
    if (this.#usage) answer.usage = this.#usage;
    return answer;
  }

  #addChoice(given: Record<string, unknown>): void {
    const choice = part(this.#choices, given.index, () => ({
      message: { role: "assistant", content: null },
      calls: new Map<number, JsonObject>(),
      finishReason: null,
    }));
    if (!choice) return;
    if (typeof given.finish_reason === "string") choice.finishReason = given.finish_reason;
    if (typeof given.text === "string") choice.message.content = this.#room.grow(choice.message.content, given.text);
    if (!isObject(given.delta)) return;
    for (const [name, piece] of Object.entries(given.delta)) {
      if (name === "role") choice.message.role = typeof piece === "string" ? piece : "assistant";
      else if (typeof piece === "string") choice.message[name] = this.#room.grow(choice.message[name], piece);
      else if (name === "tool_calls" && Array.isArray(piece)) for (const call of piece) this.#addCall(choice, call);
    }
  }

  #addCall(choice: Choice, given: unknown): void {
    if (!isObject(given)) return;
    const call = part(choice.calls, given.index, () => emptyObject());
    if (!call) return;
    if (typeof given.id === "string") call.id = given.id;
    if (typeof given.type === "string") call.type = given.type;
    if (!isObject(given.function)) return;
    const called = isObject(call.function) ? call.function : emptyObject();
    call.function = called;
    if (typeof given.function.name === "string") called.name = this.#room.grow(called.name, given.function.name);
    const piece = given.function.arguments;
    if (typeof piece === "string") called.arguments = this.#room.grow(called.arguments, piece);
  }
}

const TERMINAL = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** The events of OpenAI's responses; the last one holds the whole answer. */
export class ResponsesCollector implements Collector {
  readonly #room = new Room();
  #answer: JsonObject | undefined;
  #items: JsonObject[] = [];
  #text = "";
  isComplete = false;

  add(chunk: unknown): void {
    if (!isObject(chunk) || typeof chunk.type !== "string") return;
    if (TERMINAL.has(chunk.type)) {
      this.#answer = copyOf(chunk.response);
      this.isComplete = true;
    } else if (chunk.type === "response.created") {
      this.#answer = copyOf(chunk.response);
    } else if (chunk.type === "response.output_text.delta" && typeof chunk.delta === "string") {
      this.#text = this.#room.grow(this.#text, chunk.delta);
    } else if (chunk.type === "response.output_item.done" && this.#items.length < MAX_PARTS) {
      this.#items.push(copyOf(chunk.item));
      this.#text = "";
    }
  }

  answer(): JsonObject | undefined {
    if (this.isComplete || (!this.#answer && !this.#text && !this.#items.length)) return this.#answer;
    const content = [{ type: "output_text", text: this.#text }];
    const open = this.#text ? [{ type: "message", role: "assistant", content }] : [];
    return { object: "response", ...this.#answer, output: [...this.#items, ...open] };
  }
}

/** The events of Anthropic's messages. */
export class MessagesCollector implements Collector {
  readonly #room = new Room();
  readonly #blocks = new Map<number, JsonObject>();
  readonly #inputs = new Map<JsonObject, string>();
  #message: JsonObject | undefined;
  isComplete = false;

  add(chunk: unknown): void {
    if (!isObject(chunk)) return;
    switch (chunk.type) {
      case "message_start":
        this.#message = copyOf(chunk.message);
        break;
      case "content_block_start":
        part(this.#blocks, chunk.index, () => copyOf(chunk.content_block));
        break;
      case "content_block_delta":
        if (isObject(chunk.delta)) this.#addDelta(chunk.index, chunk.delta);
        break;
      case "message_delta":
        this.#finish(chunk);
        break;
      case "message_stop":
        this.isComplete = true;
        break;
    }
  }

  answer(): JsonObject | undefined {
    if (!this.#message) return undefined;
    for (const [block, text] of this.#inputs) block.input = parsed(text);
    return { ...this.#message, content: inOrder(this.#blocks) };
  }

  #addDelta(index: unknown, delta: Record<string, unknown>): void {
    const block = part(this.#blocks, index, () => emptyObject());
    if (!block) return;
    if (typeof delta.partial_json === "string") {
      this.#inputs.set(block, this.#room.grow(this.#inputs.get(block), delta.partial_json));
      return;
    }
    for (const [name, piece] of Object.entries(delta)) {
      if (name !== "type" && typeof piece === "string") block[name] = this.#room.grow(block[name], piece);
    }
    if (isObject(delta.citation)) {
      const known = Array.isArray(block.citations) ? block.citations : [];
      if (known.length < MAX_PARTS) block.citations = [...known, copyOf(delta.citation)];
    }
  }

  #finish(chunk: Record<string, unknown>): void {
    if (!this.#message) return;
    Object.assign(this.#message, copyOf(chunk.delta));
    const counted = Object.entries(copyOf(chunk.usage)).filter(([, count]) => count !== null);
    const usage = isObject(this.#message.usage) ? this.#message.usage : {};
    this.#message.usage = { ...usage, ...Object.fromEntries(counted) };
  }
}

function parsed(text: string): Json {
  try {
    return text === "" ? {} : (JSON.parse(text) as Json);
  } catch {
    // A stream that ended half-way: what came is shown as it is.
    return text;
  }
}
