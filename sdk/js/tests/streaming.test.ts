/** Wrapped streams and answers that no version of a provider has: nothing waits, nothing is changed, nothing throws. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { observe, wrapAnthropic, wrapOpenAI } from "watchllm";
import type { Recording } from "watchllm/testing";
import { recording } from "watchllm/testing";
import { answerOf, chunksOf } from "./llm.js";

let recorded: Recording;
beforeEach(() => {
  recorded = recording();
});
afterEach(() => recorded.stop());

type Client = { chat: { completions: { create(parameters: object): Promise<unknown> } } };
type Claude = { messages: { create(parameters: object): Promise<unknown> } };

function openaiThatAnswers(make: () => unknown): Client {
  return wrapOpenAI({ chat: { completions: { create: async () => make() } } });
}

function claudeThatAnswers(make: () => unknown): Claude {
  return wrapAnthropic({ messages: { create: async () => make() } });
}

async function* many(count: number): AsyncGenerator<unknown> {
  for (let i = 0; i < count; i++) {
    yield { id: "c", model: "m", choices: [{ index: 0, delta: { content: "word " }, finish_reason: null }] };
  }
}

async function timed(read: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    await read();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

async function readAll(stream: unknown): Promise<number> {
  let count = 0;
  for await (const chunk of stream as AsyncIterable<unknown>) count += chunk ? 1 : 0;
  return count;
}

test("a wrapped stream passes each chunk on at once: far less than 1 ms is added to any", async () => {
  const client = openaiThatAnswers(() => many(2000));
  const plainMs = await timed(() => readAll(many(2000)));
  const wrappedMs = await timed(async () =>
    readAll(await client.chat.completions.create({ model: "m", stream: true })),
  );
  assert.ok((wrappedMs - plainMs) / 2000 < 0.1, `${wrappedMs} ms instead of ${plainMs} ms for 2,000 chunks`);
});

test("a chunk is the host's before the next one exists", async () => {
  let given = 0;
  async function* slow() {
    for (; given < 3; given++) yield { choices: [{ delta: { content: String(given) } }] };
  }
  const stream = await openaiThatAnswers(slow).chat.completions.create({ model: "m", stream: true });
  let read = 0;
  for await (const _ of stream as AsyncIterable<unknown>) assert.equal(given, read++, "nothing was read ahead");
});

async function beginAndDrop(client: Client): Promise<void> {
  const stream = (await client.chat.completions.create({ model: "m", stream: true })) as AsyncIterable<unknown>;
  await stream[Symbol.asyncIterator]().next();
}

test("a stream that is dropped in the middle, and never closed, ends its span when it is collected", async () => {
  await beginAndDrop(openaiThatAnswers(() => ({ [Symbol.asyncIterator]: () => many(5) })));
  for (let i = 0; i < 200 && (await recorded.bodies("model_response")).length === 0; i++) {
    await sleep(10);
    globalThis.gc?.();
  }
  const [body] = await recorded.bodies("model_response");
  assert.equal(body?.metadata.incomplete, true);
  assert.equal(body?.response.choices[0].message.content, "word ");
});

test("leaving a wrapped stream closes the one below it", async () => {
  let isClosed = false;
  async function* closing() {
    try {
      yield* many(10);
    } finally {
      isClosed = true;
    }
  }
  const stream = await openaiThatAnswers(closing).chat.completions.create({ model: "m", stream: true });
  for await (const _ of stream as AsyncIterable<unknown>) break;
  assert.equal(isClosed, true);
});

test("a stream that breaks gives the host its error, the same object, after the same chunks", async () => {
  const problem = new Error("connection lost");
  async function* breaking() {
    yield* many(3);
    throw problem;
  }
  const stream = (await openaiThatAnswers(breaking).chat.completions.create({ model: "m" })) as AsyncIterable<unknown>;
  let count = 0;
  await assert.rejects(
    async () => {
      for await (const _ of stream) count += 1;
    },
    (thrown) => thrown === problem,
  );
  assert.equal(count, 3);
  const [body] = await recorded.bodies("model_response");
  assert.deepEqual([body?.status, body?.statusMessage], ["error", "connection lost"]);
});

const THROWS = {
  get choices(): never {
    throw new Error("a getter of the provider");
  },
  get content(): never {
    throw new Error("a getter of the provider");
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const SHAPES: unknown[] = [
  undefined,
  null,
  0,
  "text",
  [],
  {},
  THROWS,
  { choices: null },
  { choices: {} },
  { choices: [null, 7, { message: null }, { message: { content: { new: "kind" } } }] },
  { choices: [{ finish_reason: { deep: 1 } }], usage: [], model: 7 },
  { content: "not a list", usage: "many", stop_reason: 5 },
  { usage: { prompt_tokens: -1, completion_tokens: Number.NaN, prompt_tokens_details: "x", new_kind: { a: [1] } } },
  { usage: { input_tokens: "7", output_tokens: null, cache_read_input_tokens: {} } },
  { output: [{ type: "of.tomorrow", parts: [{}] }], status: null },
];

test("an answer of any shape is the host's, the same object, and one model call", async () => {
  let expected = 0;
  for (const shape of SHAPES) {
    assert.ok(Object.is(await openaiThatAnswers(() => shape).chat.completions.create({ model: "m" }), shape));
    assert.ok(Object.is(await claudeThatAnswers(() => shape).messages.create({ model: "m" }), shape));
    expected += 2;
  }
  assert.equal((await recorded.bodies("model_response")).length, expected);
});

test("a request of any shape reaches the client as it was given", async () => {
  for (const shape of [...SHAPES, revoked.proxy]) {
    const seen: unknown[] = [];
    const client = wrapOpenAI({ chat: { completions: { create: (...given: unknown[]) => seen.push(...given) } } });
    client.chat.completions.create(shape, "second", 3);
    assert.equal(seen.length, 3);
    assert.ok(Object.is(seen[0], shape));
  }
});

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % sides;
  };
}

/** Change a JSON value in one place: another type, a member gone, a member more. */
function mutated(value: unknown, roll: (sides: number) => number): unknown {
  if (typeof value !== "object" || value === null || roll(6) === 0) return SHAPES[roll(6)];
  const copied = structuredClone(value) as Record<string, unknown>;
  const names = Object.keys(copied);
  const name = names[roll(Math.max(1, names.length))];
  if (name === undefined) return SHAPES[roll(6)];
  const change = roll(4);
  if (change === 0) delete copied[name];
  else if (change === 1) copied.of_tomorrow = { [name]: copied[name] };
  else copied[name] = mutated(copied[name], roll);
  return copied;
}

const ANSWERS = ["OpenAI, chat", "OpenAI, chat with a call of a tool", "OpenAI, responses", "Anthropic"].map(answerOf);
const STREAMS = ["OpenAI, chat", "Anthropic", "Anthropic: thinking, then a call of a tool"].map(chunksOf);

test("2,000 answers and streams with a part changed at random: the host gets each as it is, and each is sent", async () => {
  const roll = dice(20_261_127);
  for (let i = 0; i < 1000; i++) {
    const answer = mutated(ANSWERS[i % ANSWERS.length], roll);
    const chunks = [...(STREAMS[i % STREAMS.length] ?? [])];
    const at = roll(chunks.length);
    chunks[at] = mutated(chunks[at], roll);
    async function* stream() {
      yield* chunks;
    }
    for (const [give, wanted] of [
      [() => answer, answer],
      [stream, chunks],
    ] as const) {
      const got =
        i % 2 === 0
          ? await openaiThatAnswers(give).chat.completions.create({ model: "m" })
          : await claudeThatAnswers(give).messages.create({ model: "m" });
      if (give !== stream) assert.ok(Object.is(got, wanted));
      else {
        const read: unknown[] = [];
        for await (const chunk of got as AsyncIterable<unknown>) read.push(chunk);
        assert.ok(read.every((chunk, index) => Object.is(chunk, chunks[index])));
        assert.equal(read.length, chunks.length);
      }
    }
  }
  assert.equal((await recorded.bodies("model_response")).length, 2000);
});

test("an observed stream of the web is not touched before the host reads it", async () => {
  let pulled = 0;
  const source = () =>
    new ReadableStream({
      pull(controller) {
        pulled += 1;
        if (pulled > 3) controller.close();
        else controller.enqueue(pulled);
      },
    });
  const stream = observe(source)();
  assert.ok(stream instanceof ReadableStream);
  assert.equal(stream.locked, false);
  const reader = stream.getReader();
  assert.deepEqual(await reader.read(), { done: false, value: 1 });
});
