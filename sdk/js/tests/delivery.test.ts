/** Delivery by the answers of the server, with waits that take no time: retries, splits, pauses, drops, counts. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Answer } from "watchllm/testing";
import { MemoryTransport } from "watchllm/testing";
import { Delivery } from "../dist/esm/delivery.js";
import { Entry } from "../dist/esm/entry.js";
import { MAX_AGE_MS, MAX_BYTES, MAX_EVENTS, Outbox } from "../dist/esm/outbox.js";
import { Pacing, readRetryAfter } from "../dist/esm/pacing.js";
import { NO_SCOPE } from "../dist/esm/scope.js";
import { readSettings } from "../dist/esm/settings.js";

class Bench {
  nowMs = 1000;
  readonly slept: number[] = [];
  readonly transport = new MemoryTransport();
  readonly outbox = new Outbox(() => this.nowMs);
  readonly pacing = new Pacing(() => this.nowMs);
  readonly delivery: Delivery;

  constructor(options: { maxRetries?: number } = {}) {
    const settings = readSettings({ apiKey: "wl_test", ...options }, {});
    this.delivery = new Delivery(this.outbox, this.transport, settings, this.pacing, async (ms) => {
      this.slept.push(ms);
      this.nowMs += ms;
    });
  }

  put(...names: string[]): this {
    for (const name of names) this.outbox.put(entry(name));
    return this;
  }

  answers(...answers: (number | Answer | Error)[]): this {
    this.transport.answers.push(...answers.map((one) => (typeof one === "number" ? { status: one } : one)));
    return this;
  }

  async deliver(): Promise<this> {
    await this.delivery.deliver(this.outbox.take(100));
    return this;
  }

  tried(): string[][] {
    return this.transport.requests.map((request) => request.events.map((event) => event.eventId));
  }
}

function entry(name: string, body = {}, size = 0): Entry {
  return new Entry("log", name, "", "", 0, undefined, NO_SCOPE, { level: "info", message: name, ...body }, size);
}

beforeEach((context) => {
  // What is said about each of these troubles is not what is tested here.
  (context as unknown as { mock: { method(o: object, n: string, f: () => void): void } }).mock.method(
    console,
    "warn",
    () => undefined,
  );
});

for (const failure of [new Error("x"), 408, 429, 502, 503, 504]) {
  test(`${failure}: tried again with the same ids after up to 1 and 2 seconds`, async () => {
    const bench = await new Bench().put("a", "b").answers(failure, failure).deliver();
    assert.deepEqual(bench.tried(), [
      ["a", "b"],
      ["a", "b"],
      ["a", "b"],
    ]);
    assert.deepEqual(bench.outbox.counts(), { queued: 0, sent: 2, dropped: {} });
    assert.ok((bench.slept[0] ?? 9999) <= 1000 && (bench.slept[1] ?? 9999) <= 2000);
  });
}

for (const [status, reason] of [
  [400, "rejected"],
  [404, "rejected"],
  [302, "rejected"],
  [500, "server_error"],
] as const) {
  test(`${status}: dropped as ${reason}, and never repeated`, async () => {
    const bench = await new Bench().put("a").answers(status).deliver();
    assert.equal(bench.tried().length, 1);
    assert.deepEqual(bench.outbox.counts(), { queued: 0, sent: 0, dropped: { [reason]: 1 } });
  });
}

for (const maxRetries of [0, 1, 3]) {
  test(`after ${maxRetries} retries the batch waits at the front`, async () => {
    const bench = new Bench({ maxRetries }).put("a");
    await bench.answers(...Array(1 + maxRetries).fill(503)).deliver();
    assert.equal(bench.tried().length, 1 + maxRetries);
    bench.put("b");
    await bench.deliver();
    assert.deepEqual(bench.tried().at(-1), ["a", "b"]);
  });
}

test("Retry-After is obeyed between two tries and after the last", async () => {
  const bench = new Bench({ maxRetries: 1 }).put("a");
  await bench.answers({ status: 429, retryAfter: "7" }, { status: 503, retryAfter: "90" }).deliver();
  assert.deepEqual(bench.slept, [7000]);
  assert.equal(bench.pacing.waitMs(true), 90_000);
});

test("Retry-After is read as seconds and as a date, capped, and otherwise not at all", () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(readRetryAfter("12", now), 12_000);
  assert.equal(readRetryAfter("99999999999999999999", now), 600_000);
  assert.equal(readRetryAfter(new Date(now + 30_000).toUTCString(), now), 30_000);
  assert.equal(readRetryAfter(new Date(now - 30_000).toUTCString(), now), 0);
  for (const nothing of ["", "soon", "-5", "Wed, 99 Foo 2026 GMT", "٣"]) {
    assert.equal(readRetryAfter(nothing, now), undefined, nothing);
  }
});

test("the events that a 422 names are dropped and counted, the rest are sent", async () => {
  const body = JSON.stringify({ error: { errors: [{ index: 1 }, { index: 3 }] } });
  const bench = await new Bench().put("a", "b", "c", "d").answers({ status: 422, body }).deliver();
  assert.deepEqual(bench.tried(), [
    ["a", "b", "c", "d"],
    ["a", "c"],
  ]);
  assert.deepEqual(bench.outbox.counts(), { queued: 0, sent: 2, dropped: { rejected: 2 } });
});

test("a 422 that names nothing costs its batch", async () => {
  for (const body of ["", "{}", "[]", '{"error": {"errors": "x"}}']) {
    const bench = await new Bench().put("a").answers({ status: 422, body }).deliver();
    assert.deepEqual(bench.outbox.counts(), { queued: 0, sent: 0, dropped: { rejected: 1 } });
  }
});

test("a body that is too large is split until single events, and one that is alone is dropped", async () => {
  const bench = await new Bench().put("a", "b", "c").answers(413, 413, 202, 202).deliver();
  assert.deepEqual(bench.tried(), [["a", "b", "c"], ["a"], ["b", "c"]]);
  assert.deepEqual(bench.outbox.counts(), { queued: 0, sent: 2, dropped: { too_large: 1 } });
});

test("bodies above 5 MiB are split before they are sent, events above 4 MiB are dropped", async () => {
  const bench = new Bench();
  for (const name of ["a", "b", "c"]) bench.outbox.put(entry(name, { metadata: { x: "x".repeat(2 * 1024 * 1024) } }));
  bench.outbox.put(entry("d", { metadata: { x: "é".repeat(2.2 * 1024 * 1024) } }));
  await bench.deliver();
  assert.deepEqual(bench.tried(), [["a", "b"], ["c"]]);
  assert.deepEqual(bench.outbox.counts().dropped, { too_large: 1 });
});

test("a refused key pauses for five minutes and keeps the events", async () => {
  for (const status of [401, 403]) {
    const bench = new Bench().put("a");
    const said = console.error;
    console.error = () => undefined;
    await bench.answers(status).deliver();
    console.error = said;
    assert.equal(bench.pacing.waitMs(true), 300_000);
    assert.equal(bench.outbox.counts().queued, 1);
  }
});

test("five failures in a row open the circuit to one probe in half a minute, without retries", async () => {
  const bench = new Bench().put("a").answers(...Array(6).fill(new Error("down")));
  await bench.deliver();
  await bench.deliver();
  assert.equal(bench.tried().length, 5);
  const waitMs = bench.pacing.waitMs(false);
  assert.ok(waitMs >= 22_500 && waitMs <= 37_500, String(waitMs));
  assert.ok(bench.pacing.waitMs(true) < 201, "the end of the process tries once more");
  await bench.deliver();
  assert.equal(bench.tried().length, 6);
  await bench.deliver();
  assert.equal(bench.pacing.failures, 0);
  assert.equal(bench.outbox.counts().sent, 1);
});

test("what could not be sent for ten minutes is dropped as expired", async () => {
  const bench = new Bench({ maxRetries: 0 }).put("old");
  bench.nowMs += MAX_AGE_MS;
  await bench.put("new").answers(503).deliver();
  assert.deepEqual(bench.outbox.counts(), { queued: 1, sent: 0, dropped: { expired: 1 } });
});

test("the queue is bounded by events and by bytes, and drops the newest", () => {
  const byCount = new Bench();
  for (let i = 0; i < MAX_EVENTS; i++) byCount.put(String(i));
  assert.equal(byCount.outbox.put(entry("more")), false);
  assert.equal(byCount.outbox.take(1)[0]?.eventId, "0");
  const bySize = new Bench();
  assert.equal(bySize.outbox.put(entry("large", {}, MAX_BYTES - 3000)), true);
  assert.equal(bySize.outbox.put(entry("larger", {}, 3000)), false);
  assert.deepEqual(bySize.outbox.counts(), { queued: 1, sent: 0, dropped: { queue_full: 1 } });
});

test("the server learns the drop counts once, with a batch that it accepted, but not what it refused itself", async () => {
  const bench = new Bench({ maxRetries: 0 }).put("a");
  bench.outbox.drop("queue_full", 3);
  bench.outbox.drop("rejected", 9);
  await bench.answers(503).deliver();
  await bench.deliver();
  await bench.put("b").deliver();
  const told = bench.transport.requests.map((request) => request.headers["x-watchllm-dropped"]);
  assert.deepEqual(told, ['{"queue_full":3}', '{"queue_full":3}', undefined]);
});
