/**
 * Copies any value of the host into plain JSON values, bounded in size and marked where cut.
 *
 * The copy is made when a value is given, so that later changes by the host are not seen. It never throws, never
 * consumes an iterator, and never keeps an object of the host alive.
 */

import { describe, partsOf } from "./objects.js";
import { reading, state } from "./state.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One value may cost the host milliseconds and the server's limit of one text, not more. */
export const MAX_VALUE_BYTES = 1024 * 1024;
// The server refuses an event nested deeper than 64 levels, its envelope included.
const MAX_DEPTH = 32;
// The server's limits for one key and id, and for environment and release.
const MAX_KEY_BYTES = 256;
const MAX_LABEL_BYTES = 64;
// A name is shown in one line; nobody reads further.
const MAX_NAME_CHARS = 1024;
// What a member of an array or object costs in memory beside its text.
const NODE_BYTES = 64;
// A UTF-16 unit beyond ASCII takes at most 3 bytes in UTF-8.
const WIDE_BYTES = 3;

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the expression is about
const ASCII = /^[\x00-\x7f]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the server refuses ids with any of these
const CONTROL = /[\x00-\x1f\x7f]/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

export interface Frozen {
  readonly value: Json | undefined;
  readonly size: number;
}

/** Return a bounded JSON copy of `value` and about how many bytes it holds; undefined stays undefined. */
export function freeze(value: unknown): Frozen {
  if (value === undefined) return { value: undefined, size: 0 };
  // Most values are short texts: nothing of the host's runs for them, and nothing is kept of the way.
  if (typeof value === "string" && value.length * WIDE_BYTES <= MAX_VALUE_BYTES) return frozenText(value);
  const copier = new Copier();
  const isCode = typeof value === "object" && value !== null;
  const copied = isCode ? reading(() => copier.copy(value, 0)) : copier.copy(value, 0);
  return { value: copied, size: MAX_VALUE_BYTES - copier.left };
}

function frozenText(text: string): Frozen {
  if (isAscii(text)) return { value: text, size: text.length };
  return { value: text.replace(LONE_SURROGATES, "\ufffd"), size: text.length * WIDE_BYTES };
}

/** Return a text for a value that must become one, such as a name; cut at `limit` characters. */
export function textOf(value: unknown, limit = MAX_NAME_CHARS): string {
  try {
    return wellFormed((typeof value === "string" ? value : String(value)).slice(0, limit));
  } catch {
    return `[unreadable ${typeof value}]`;
  }
}

/** Return an id that the server takes: no control characters, at most `limit` bytes; "" for nothing. */
export function cleanId(value: unknown, limit = MAX_KEY_BYTES): string {
  if (value === undefined || value === null) return "";
  return cutBytes(textOf(value).replace(CONTROL, ""), limit);
}

/** Return an environment or a release as the server takes it. */
export function cleanLabel(value: unknown): string {
  return cleanId(value, MAX_LABEL_BYTES);
}

/** Return a key of an object as the server takes it. */
export function cleanKey(key: unknown): string {
  const text = textOf(key);
  return cutBytes(text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text, MAX_KEY_BYTES);
}

/** Return whether a value is an object with members, and not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/** Return an empty object without a prototype: a key such as `__proto__` is then a key like any other. */
export function emptyObject(): JsonObject {
  // As a literal its members are found by place: `Object.create(null)` makes a table that hashes every name.
  return { __proto__: null } as unknown as JsonObject;
}

function isAscii(text: string): boolean {
  // Where bytes can be counted, that is twenty times faster than an expression that looks at characters.
  const { byteLength } = state.abilities;
  return byteLength ? byteLength(text) === text.length : ASCII.test(text);
}

function wellFormed(text: string): string {
  return isAscii(text) ? text : text.replace(LONE_SURROGATES, "\ufffd");
}

function cutBytes(text: string, limit: number): string {
  if (text.length * WIDE_BYTES <= limit || (text.length <= limit && isAscii(text))) return text;
  let bytes = 0;
  let kept = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > limit) break;
    kept += character;
  }
  return kept;
}

/** One copy: how many bytes it may still take, and the objects above the present one. */
class Copier {
  left = MAX_VALUE_BYTES;
  readonly #path = new Set<object>();

  copy(value: unknown, depth: number): Json {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        // JSON has neither NaN nor infinity.
        return Number.isFinite(value) ? value : null;
      case "boolean":
        return value;
      case "bigint":
        return Number.isSafeInteger(Number(value)) ? Number(value) : this.#text(value.toString());
      case "undefined":
        return null;
      case "object":
        return value === null ? null : this.#guarded(value, depth);
      default:
        return this.#text(describe(value));
    }
  }

  #guarded(value: object, depth: number): Json {
    if (this.#path.has(value)) return "[cycle]";
    if (depth >= MAX_DEPTH) return "[too deep]";
    if (this.left <= 0) return "[… cut]";
    this.#path.add(value);
    try {
      return this.#object(value, depth);
    } catch {
      return "[unreadable object]";
    } finally {
      this.#path.delete(value);
    }
  }

  /** Copy an object; may throw whatever its own code throws. */
  #object(value: object, depth: number): Json {
    if (Array.isArray(value)) return this.#series(value, value.length, depth);
    const parts = partsOf(value, this.left);
    switch (parts.kind) {
      case "text":
        return this.#text(parts.text);
      case "value":
        return this.copy(parts.value, depth + 1);
      case "series":
        return this.#series(parts.items, parts.length, depth);
      case "members":
        return this.#members(parts.members, depth);
    }
  }

  #series(items: Iterable<unknown>, length: number, depth: number): Json {
    const copied: Json[] = [];
    for (const item of items) {
      this.left -= NODE_BYTES;
      if (this.left <= 0) {
        this.left = 0;
        copied.push(`[… ${length - copied.length} more]`);
        break;
      }
      copied.push(this.copy(item, depth + 1));
    }
    return copied;
  }

  #members(members: Iterable<readonly [unknown, () => unknown]>, depth: number): Json {
    const copied = emptyObject();
    for (const [key, read] of members) {
      const name = cleanKey(key);
      this.left -= NODE_BYTES + name.length;
      if (this.left <= 0) {
        this.left = 0;
        copied["[…]"] = "[… more]";
        break;
      }
      const member = attempt(read);
      if (member !== undefined) copied[name] = this.copy(member, depth + 1);
    }
    return copied;
  }

  #text(text: string): string {
    const width = isAscii(text) ? 1 : WIDE_BYTES;
    const cost = text.length * width;
    if (cost <= this.left) {
      this.left -= cost;
      return width === 1 ? text : text.replace(LONE_SURROGATES, "\ufffd");
    }
    const kept = Math.floor(Math.max(this.left, 0) / width);
    this.left = 0;
    return `${wellFormed(text.slice(0, kept))}[… cut, ${text.length} characters in all]`;
  }
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return "[unreadable]";
  }
}
