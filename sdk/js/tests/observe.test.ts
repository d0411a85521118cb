/** What is wrapped behaves as before (B-146), and no public call throws (S-01). */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import * as watchllm from "watchllm";
import type { Recording } from "watchllm/testing";
import { recording } from "watchllm/testing";

const { observe, span } = watchllm;
let recorded: Recording;
beforeEach((context) => {
  (context as unknown as { mock: { method(o: object, n: string, f: () => void): void } }).mock.method(
    console,
    "warn",
    () => undefined,
  );
  recorded = recording();
});
afterEach(() => recorded.stop());

async function spans() {
  return (await recorded.events()).filter((event) => event.type === "span");
}

test("a function: name, length, properties, this, new and result stay", async () => {
  function add(this: unknown, one: number, two: number) {
    return [this, one + two];
  }
  add.extra = "kept";
  const wrapped = observe(add);
  assert.deepEqual([wrapped.name, wrapped.length, wrapped.extra], ["add", 2, "kept"]);
  const owner = { wrapped };
  assert.deepEqual(owner.wrapped(1, 2), [owner, 3]);
  class Thing {}
  assert.ok(new (observe(Thing as unknown as () => unknown) as unknown as typeof Thing)() instanceof Thing);
  const [one] = await spans();
  assert.deepEqual([one?.body.name, one?.body.input, one?.body.status], ["add", [1, 2], "ok"]);
});

test("what is thrown is the same object, and its span is closed with it", async () => {
  const problem = new RangeError("host");
  assert.throws(
    observe(() => {
      throw problem;
    }),
    (thrown) => thrown === problem,
  );
  await assert.rejects(
    observe(async () => {
      throw problem;
    })(),
    (thrown) => thrown === problem,
  );
  for (const odd of [undefined, null, 0, "text"]) {
    const thrown = await observe(async () => {
      throw odd;
    })().catch((one: unknown) => [one]);
    assert.deepEqual(thrown, [odd]);
  }
  const all = await spans();
  assert.equal(all.length, 6);
  assert.ok(all.every((one) => one.body.status === "error"));
  assert.equal(all[0]?.body.attributes["exception.type"], "RangeError");
});

test("a generator stays lazy, takes and returns values, and is one span", async () => {
  let isBegun = false;
  const numbers = observe(function* numbers(): Generator<number, string, number | undefined> {
    isBegun = true;
    const given = yield 1;
    yield given ?? 0;
    return "end";
  });
  const generator = numbers();
  assert.equal(isBegun, false);
  assert.equal(Object.prototype.toString.call(generator), "[object Generator]");
  assert.deepEqual(
    [generator.next(), generator.next(7), generator.next()],
    [
      { done: false, value: 1 },
      { done: false, value: 7 },
      { done: true, value: "end" },
    ],
  );
  for (const _ of numbers()) break;
  const [whole, left] = await spans();
  assert.equal(whole?.body.output, "end");
  assert.equal(left?.body.attributes.incomplete, true);
});

test("an async generator: its items, its error, and what happens inside are its own", async () => {
  const stream = observe(async function* stream() {
    yield "a";
    watchllm.log("inside");
    yield "b";
    throw new Error("broken");
  });
  const items: string[] = [];
  await assert.rejects(async () => {
    for await (const item of stream()) items.push(item);
  }, /broken/);
  assert.deepEqual(items, ["a", "b"]);
  const [inside, whole] = await recorded.events();
  assert.equal(inside?.parentEventId, whole?.eventId);
  assert.equal(whole?.body.status, "error");
});

test("a promise of a class of its own stays the same object and stays lazy", async () => {
  let begun = 0;
  class Lazy extends Promise<string> {
    // biome-ignore lint/suspicious/noThenProperty: a promise of its own is what is tested
    override then<A = string, B = never>(
      done?: ((value: string) => A | PromiseLike<A>) | null,
      failed?: ((problem: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      begun += 1;
      return Promise.resolve("late").then(done, failed);
    }
  }
  const lazy = new Lazy(() => undefined);
  const wrapped = observe(() => lazy);
  assert.equal(wrapped(), lazy);
  assert.equal(begun, 0);
  assert.equal(await lazy, "late");
  assert.equal((await spans())[0]?.body.output, "late");
});

test("recursion and a thousand tasks at a time: every child has the right parent", async () => {
  const down: (n: number) => Promise<number> = observe(async (n: number): Promise<number> => {
    await null;
    return n === 0 ? 0 : down(n - 1);
  });
  await Promise.all(Array.from({ length: 1000 }, () => down(2)));
  const all = await spans();
  assert.equal(all.length, 3000);
  const byId = new Map(all.map((one) => [one.eventId, one]));
  for (const one of all) {
    const parent = byId.get(one.parentEventId ?? "");
    assert.equal(parent?.body.input, one.body.input === 2 ? undefined : one.body.input + 1);
    assert.ok(!parent || parent.traceId === one.traceId);
  }
});

test("methods, also by decoration", async () => {
  class Service {
    value = 5;
    get(this: Service): number {
      return this.value;
    }
  }
  Service.prototype.get = observe(Service.prototype.get, { kind: "method", name: "decorated" } as { name: string });
  assert.equal(new Service().get(), 5);
  assert.equal((await spans())[0]?.body.name, "decorated");
});

test("context adds up, inside and out, and steps count within their trace", async () => {
  watchllm.context({ sessionId: "s", tags: ["a"], metadata: { one: 1 } }, () =>
    watchllm.context({ userId: "u", tags: ["b"], metadata: { two: 2 } }, () =>
      span("agent", () => {
        watchllm.step("plan", { memory: { n: 1 } });
        watchllm.step("act", {}, () => watchllm.step("deeper"));
      }),
    ),
  );
  const all = await recorded.events();
  for (const one of all) {
    assert.deepEqual([one.sessionId, one.userId, one.tags], ["s", "u", ["a", "b"]]);
    assert.deepEqual(one.context, { metadata: { one: 1, two: 2 } });
  }
  const steps = all.filter((one) => one.type === "agent_action").map((one) => [one.body.action, one.body.stepIndex]);
  assert.deepEqual(steps, [
    ["plan", 0],
    ["deeper", 2],
    ["act", 1],
  ]);
});

test("a hook that throws sends a mark and not the value; it is asked for every field, and for members of metadata", async () => {
  await recorded.stop();
  const asked: string[] = [];
  recorded = recording({
    redact(value, field) {
      asked.push(field);
      if (field === "input") throw new Error("no");
      return field === "attributes.email" ? "x" : value;
    },
  });
  span("s", { input: "secret", email: "a@b" }, () => "out");
  const [one] = await spans();
  assert.deepEqual([one?.body.input, one?.body.output, one?.body.attributes.email], ["[redaction failed]", "out", "x"]);
  assert.deepEqual(asked.sort(), ["attributes.email", "input", "name", "output", "status"]);
});

test("of a trace that is sampled out nothing is sent, of another all", async () => {
  await recorded.stop();
  recorded = recording({ sampleRate: 0.5 });
  for (let i = 0; i < 200; i++) span("outer", () => span("inner", () => void watchllm.log("x")));
  const counts = new Map<string, number>();
  for (const one of await recorded.events()) counts.set(one.traceId ?? "", (counts.get(one.traceId ?? "") ?? 0) + 1);
  assert.ok(counts.size > 60 && counts.size < 140, String(counts.size));
  assert.ok([...counts.values()].every((count) => count === 3));
});

test("no public call throws, whatever it is given", async () => {
  const bad = {
    get name(): never {
      throw new Error("getter");
    },
    toString() {
      throw new Error("toString");
    },
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const odd: unknown[] = [undefined, null, 0, Number.NaN, "", 1n, Symbol("s"), [], {}, bad, proxy, () => 1, new Map()];
  const callers = new Set(["span", "modelCall", "tool", "agent", "step", "context", "observe"]);
  for (const [name, work] of Object.entries(watchllm)) {
    if (typeof work !== "function" || ["init", "shutdown"].includes(name)) continue;
    for (const value of odd) {
      const call = work as (...values: unknown[]) => unknown;
      const result = call(value, value, value, value);
      if (name === "flush") await result;
      if (callers.has(name) && !["context", "observe"].includes(name) && typeof value !== "function") {
        assert.equal(
          call(value, value, () => 42),
          42,
          `${name} runs its block and returns its result`,
        );
      }
    }
  }
  assert.equal(
    watchllm.context(proxy, () => 42),
    42,
  );
});
