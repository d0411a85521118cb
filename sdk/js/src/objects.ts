/** Knows the objects that JavaScript programs pass around, by their shape: what stands for each of them in JSON. */

export type Parts =
  | { kind: "text"; text: string }
  | { kind: "value"; value: unknown }
  | { kind: "series"; items: Iterable<unknown>; length: number }
  | { kind: "members"; members: Iterable<readonly [unknown, () => unknown]> };

// Vectors up to an embedding's usual length are copied; longer ones are described.
const MAX_VECTOR = 4096;

/** Return the text for a function or a symbol. */
export function describe(value: unknown): string {
  try {
    if (typeof value === "function") return `[function ${String(value.name) || "anonymous"}]`;
    return String(value);
  } catch {
    return `[${typeof value}]`;
  }
}

/** Return what an object consists of; may throw whatever the object's own code throws. */
export function partsOf(value: object, room: number): Parts {
  if (value instanceof Error) return text(`${value.name}: ${value.message}`);
  if (value instanceof Date) return text(Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString());
  if (value instanceof Map) return { kind: "members", members: membersOfMap(value) };
  if (value instanceof Set) return { kind: "series", items: value, length: value.size };
  if (value instanceof ArrayBuffer) return bytes(new Uint8Array(value), room);
  if (ArrayBuffer.isView(value)) return view(value, room);
  if (value instanceof RegExp || value instanceof URL) return text(String(value));
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return { kind: "value", value: value.valueOf() };
  }
  const toJson = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson === "function") return { kind: "value", value: toJson.call(value, "") };
  return isOpaque(value) ? text(`[${nameOf(value)}]`) : { kind: "members", members: membersOf(value) };
}

function text(value: string): Parts {
  return { kind: "text", text: value };
}

function view(value: ArrayBufferView, room: number): Parts {
  if (value instanceof Uint8Array) return bytes(value, room);
  const items = value as unknown as ArrayLike<unknown>;
  if (value instanceof DataView || items.length > MAX_VECTOR)
    return text(`[${nameOf(value)} ${value.byteLength} bytes]`);
  return { kind: "series", items: Array.from(items), length: items.length };
}

function bytes(value: Uint8Array, room: number): Parts {
  if (value.byteLength > room) return text(`[${value.byteLength} bytes]`);
  try {
    return text(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    return text(`[${value.byteLength} bytes]`);
  }
}

/** Return whether an object is a handle on something, such as a socket, a stream, a promise or an iterator. */
function isOpaque(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return false;
  const has = (name: string | symbol) => typeof (value as Record<string | symbol, unknown>)[name] === "function";
  if (has("then") || has("next") || has("getReader") || has("getWriter") || has("arrayBuffer")) return true;
  if ((has("on") && has("emit")) || has("addEventListener") || has("deref")) return true;
  return value instanceof WeakMap || value instanceof WeakSet;
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name ? name.slice(0, 100) : "object";
}

function* membersOf(value: object): Generator<readonly [unknown, () => unknown]> {
  for (const key in value) {
    if (Object.hasOwn(value, key)) yield [key, () => (value as Record<string, unknown>)[key]];
  }
}

function* membersOfMap(map: Map<unknown, unknown>): Generator<readonly [unknown, () => unknown]> {
  for (const [key, value] of map) yield [key, () => value];
}
