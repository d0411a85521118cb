/** Values that cannot be written as they are (B-144) become bounded, marked copies. */

import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { freeze, MAX_VALUE_BYTES } from "../dist/esm/values.js";

function copy(value: unknown): unknown {
  const { value: copied } = freeze(value);
  return copied === undefined ? undefined : JSON.parse(JSON.stringify(copied));
}

class Point {
  #secret = 1;
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  get sum(): number {
    return this.x + this.y + this.#secret;
  }
}

const CASES: [string, unknown, unknown][] = [
  ["plain values", { a: [1, "x", true, null] }, { a: [1, "x", true, null] }],
  ["numbers that JSON lacks", [Number.NaN, Number.POSITIVE_INFINITY, -0], [null, null, 0]],
  ["a BigInt", { small: 7n, large: 2n ** 70n }, { small: 7, large: "1180591620717411303424" }],
  ["undefined", { a: undefined, b: [undefined] }, { b: [null] }],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["a", 1],
      [2, new Map([["b", 3]])],
    ]),
    { a: 1, 2: { b: 3 } },
  ],
  ["a Set", new Set([1, "two"]), [1, "two"]],
  ["a Date", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["a Date that is none", new Date("x"), "[invalid date]"],
  ["an Error", new TypeError("no"), "TypeError: no"],
  ["an instance of a class", new Point(1, 2), { x: 1, y: 2 }],
  ["a function and a symbol", [function named() {}, Symbol("s")], ["[function named]", "Symbol(s)"]],
  ["a promise", Promise.resolve(1), "[Promise]"],
  ["a socket", new Socket(), "[Socket]"],
  ["text as bytes", new TextEncoder().encode("hé"), "hé"],
  ["bytes", new Uint8Array([0xff, 0xfe]), "[2 bytes]"],
  ["a vector", new Float32Array([0.5, 1]), [0.5, 1]],
  ["a RegExp and a URL", [/a/g, new URL("http://x/y")], ["/a/g", "http://x/y"]],
  ["toJSON", { toJSON: () => ({ a: 1 }) }, { a: 1 }],
  ["toJSON that throws", { toJSON: () => assert.fail("no") }, "[unreadable object]"],
  ["boxed values", [new String("s"), new Number(1)], ["s", 1]],
  ["half a character", "a\ud800b", "a\ufffdb"],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
];

for (const [name, value, wanted] of CASES) {
  test(`a bounded copy of ${name}`, () => {
    assert.deepEqual(copy(value), wanted);
  });
}

test("a cycle is marked, and the same object twice is no cycle", () => {
  const shared = { s: 1 };
  const value: Record<string, unknown> = { one: shared, two: shared };
  value.self = value;
  assert.deepEqual(copy(value), { one: { s: 1 }, two: { s: 1 }, self: "[cycle]" });
});

test("a getter that throws costs its member alone", () => {
  const value = {
    ok: 1,
    get bad(): never {
      throw new Error("secret");
    },
  };
  assert.deepEqual(copy(value), { ok: 1, bad: "[unreadable]" });
});

test("a proxy whose every trap throws is unreadable", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.match(String(copy(proxy)), /unreadable/);
});

test("keys of the prototype are members like any other, and change no prototype", () => {
  const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 2}}}');
  const copied = freeze(value).value;
  assert.equal(JSON.stringify(copied), '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}');
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test("no iterator is consumed", () => {
  function* numbers() {
    yield 1;
  }
  const generator = numbers();
  copy({ generator });
  assert.deepEqual([...generator], [1]);
});

test("what is too large is cut and says so, in bounded time", () => {
  const large: [string, unknown][] = [
    ["a text", "x".repeat(50 * 1024 * 1024)],
    ["a wide text", "é".repeat(5 * 1024 * 1024)],
    ["a list", new Array(10_000_000)],
    ["an object", Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`k${i}`, i]))],
    ["a tree", tree(12)],
  ];
  for (const [name, value] of large) {
    const text = JSON.stringify(freeze(value).value);
    assert.ok(Buffer.byteLength(text) <= 1.2 * MAX_VALUE_BYTES, name);
    assert.match(text, /more\]|cut/, name);
  }
});

function tree(depth: number): unknown {
  return depth <= 0 ? "leaf of the tree" : { l: tree(depth - 1), r: tree(depth - 1), m: tree(depth - 2) };
}

test("what is too deep is cut, and a toJSON that never ends is, too", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 10_000; i++) deep = [deep];
  assert.match(JSON.stringify(copy(deep)), /too deep/);
  const endless = (): unknown => ({ toJSON: endless });
  assert.match(JSON.stringify(copy(endless())), /too deep/);
});

test("a later change of the host is not seen", () => {
  const value = { list: [1] };
  const { value: copied } = freeze(value);
  value.list.push(2);
  assert.deepEqual(JSON.parse(JSON.stringify(copied)), { list: [1] });
});
