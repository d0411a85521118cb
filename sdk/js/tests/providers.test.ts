/** Real clients of OpenAI and Anthropic, the current and an older one each, against a provider on loopback. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import OlderAnthropic from "@anthropic-ai/sdk-older";
import OpenAI from "openai";
import OlderOpenAI from "openai-older";
import { prompt, span, wrapAnthropic, wrapOpenAI } from "watchllm";
import type { Recording } from "watchllm/testing";
import { recording } from "watchllm/testing";
import { Llm } from "./llm.js";

const llm = new Llm();
let recorded: Recording;

before(() => llm.start());
after(() => llm.stop());
beforeEach(() => {
  recorded = recording();
  llm.status = 200;
  llm.chunkMs = 0;
});
afterEach(() => recorded.stop());

const messages: { role: "user"; content: string }[] = [{ role: "user", content: "Hi" }];
const asked = { model: "gpt-4o-mini", messages };

async function only() {
  const bodies = await recorded.bodies("model_response");
  assert.equal(bodies.length, 1, JSON.stringify(bodies));
  return bodies[0] as Record<string, unknown>;
}

const clients = [
  ["current", () => wrapOpenAI(new OpenAI({ apiKey: "k", baseURL: `${llm.url}/v1`, maxRetries: 0 }))],
  [
    "older",
    () => wrapOpenAI(new OlderOpenAI({ apiKey: "k", baseURL: `${llm.url}/v1`, maxRetries: 0 })) as unknown as OpenAI,
  ],
] as const;

for (const [age, make] of clients) {
  describe(`the ${age} client of OpenAI`, () => {
    test("a chat is a model call with its messages, answer and usage", async () => {
      const answer = await make().chat.completions.create({ ...asked, temperature: 0.5 });
      assert.equal(answer.choices[0]?.message.content, "Hello there");
      const body = await only();
      assert.equal(body.model, "gpt-4o-mini-2024-07-18");
      assert.equal(body.provider, "openai");
      assert.equal(body.finishReason, "stop");
      assert.deepEqual(body.messages, messages);
      assert.deepEqual((body.metadata as Record<string, unknown>).parameters, { temperature: 0.5 });
      assert.deepEqual(body.usage, { inputTokens: 5, outputTokens: 2, total_tokens: 7 });
    });

    test("a stream arrives chunk by chunk and is sent as one answer", async () => {
      llm.chunkMs = 30;
      const arrived: number[] = [];
      const stream = await make().chat.completions.create({ ...asked, stream: true });
      for await (const chunk of stream) {
        assert.ok(chunk.id);
        arrived.push(performance.now());
      }
      assert.equal(arrived.length, 5);
      assert.ok((arrived.at(-1) ?? 0) - (arrived[0] ?? 0) > 60, "the chunks came one by one");
      const body = await only();
      const { choices, usage } = body.response as unknown as OpenAI.ChatCompletion;
      assert.equal(choices[0]?.message.content, "Hello there");
      assert.equal(usage?.total_tokens, 7);
      assert.equal((body.metadata as Record<string, unknown>).incomplete, undefined);
    });

    test("a stream that is left half-way ends its span, marked incomplete", async () => {
      const stream = await make().chat.completions.create({ ...asked, stream: true });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content === "Hello") break;
      const body = await only();
      assert.equal((body.metadata as Record<string, unknown>).incomplete, true);
      assert.equal((body.response as unknown as OpenAI.ChatCompletion).choices[0]?.message.content, "Hello");
    });

    test("a stream that is dropped unread ends its span when it is collected", async () => {
      await drop(make());
      for (let i = 0; i < 50 && (await recorded.bodies("model_response")).length === 0; i++) {
        await sleep(10);
        globalThis.gc?.();
      }
      assert.equal(((await only()).metadata as Record<string, unknown>).incomplete, true);
    });

    test("the responses API, whole and streamed", async () => {
      const client = make();
      const whole = await client.responses.create({ model: "gpt-5-mini", input: "Hi", instructions: "Be brief" });
      assert.equal(whole.output_text, "Hello there");
      const body = await only();
      assert.deepEqual(body.messages, [{ role: "system", content: "Be brief" }, ...messages]);
      assert.equal((body.usage as unknown as Record<string, number>).cacheReadTokens, 1);
      for await (const _ of await client.responses.create({ model: "gpt-5-mini", input: "Hi", stream: true }));
      const bodies = await recorded.bodies("model_response");
      assert.equal(bodies.length, 2);
      assert.deepEqual(bodies[1]?.usage, bodies[0]?.usage);
    });

    test("an error of the provider is the host's, the same object, and the span's", async () => {
      llm.status = 400;
      const promise = make().chat.completions.create(asked);
      await assert.rejects(promise, (problem: Error) => problem.constructor.name === "BadRequestError");
      const body = await only();
      assert.equal(body.status, "error");
      assert.match(String(body.statusMessage), /refused by the provider/);
    });

    test("withResponse, asResponse and an unread promise behave as before", async () => {
      const client = make();
      const { data, response } = await client.chat.completions.create(asked).withResponse();
      assert.equal(data.choices[0]?.message.content, "Hello there");
      assert.equal(response.status, 200);
      assert.equal((await recorded.bodies("model_response")).length, 1);
      const bare = await client.chat.completions.create(asked).asResponse();
      assert.equal((await bare.json()).object, "chat.completion");
      const bodies = await recorded.bodies("model_response");
      assert.equal(bodies.length, 2);
      assert.equal(bodies[1]?.metadata.unread, true);
    });
  });
}

async function drop(client: OpenAI): Promise<void> {
  await client.chat.completions.create({ ...asked, stream: true });
}

test("helpers of the client that call a model are measured once", async () => {
  const client = clients[0][1]();
  const stream = client.chat.completions.stream(asked);
  assert.equal((await stream.finalChatCompletion()).choices[0]?.message.content, "Hello there");
  assert.equal((await recorded.bodies("model_response")).length, 1);
  assert.equal((await client.chat.completions.parse(asked)).choices[0]?.message.content, "Hello there");
  assert.equal((await recorded.bodies("model_response")).length, 2);
  assert.equal(
    (await client.withOptions({ timeout: 9000 }).chat.completions.create(asked)).model.slice(0, 6),
    "gpt-4o",
  );
  assert.equal((await recorded.bodies("model_response")).length, 3);
});

test("a client that is wrapped twice sends once, and is the same client", async () => {
  const plain = new OpenAI({ apiKey: "k", baseURL: `${llm.url}/v1` });
  assert.equal(wrapOpenAI(wrapOpenAI(plain)), plain);
  await plain.chat.completions.create(asked);
  await only();
});

test("a call is a child of the span around it, and marked by the prompt that it sends", async () => {
  const client = clients[0][1]();
  await span("outer", () =>
    client.chat.completions.create({
      model: "m",
      messages: [{ role: "user", content: prompt("greet", "Hi {{who}}", { who: "Ada" }, { version: 3 }) }],
    }),
  );
  const [call, outer] = await recorded.events();
  assert.equal(call?.parentEventId, outer?.eventId);
  assert.deepEqual(call?.body.metadata.prompt, {
    name: "greet",
    template: "Hi {{who}}",
    variables: { who: "Ada" },
    version: "3",
  });
});

test("what is no client is given back as it is", () => {
  for (const odd of [null, undefined, 1, "x", {}, { chat: null }, { chat: { completions: { create: 1 } } }]) {
    assert.equal(wrapOpenAI(odd as object), odd);
    assert.equal(wrapAnthropic(odd as object), odd);
  }
});

const anthropics = [
  ["current", () => wrapAnthropic(new Anthropic({ apiKey: "k", baseURL: llm.url, maxRetries: 0 }))],
  [
    "older",
    () => wrapAnthropic(new OlderAnthropic({ apiKey: "k", baseURL: llm.url, maxRetries: 0 })) as unknown as Anthropic,
  ],
] as const;

for (const [age, make] of anthropics) {
  describe(`the ${age} client of Anthropic`, () => {
    const given = { model: "claude-sonnet-4-5", max_tokens: 99, system: "Be brief", messages };

    test("a message is a model call; its input counts the cached tokens", async () => {
      const answer = await make().messages.create(given);
      assert.equal(answer.content[0]?.type, "text");
      const body = await only();
      assert.deepEqual(body.messages, [{ role: "system", content: "Be brief" }, ...messages]);
      assert.equal(body.finishReason, "end_turn");
      assert.equal((body.usage as unknown as Record<string, number>).inputTokens, 6);
    });

    test("streams, by events and by the helper", async () => {
      const client = make();
      for await (const event of await client.messages.create({ ...given, stream: true })) assert.ok(event.type);
      const final = await client.messages.stream(given).finalMessage();
      assert.equal(final.stop_reason, "end_turn");
      const bodies = await recorded.bodies("model_response");
      assert.equal(bodies.length, 2);
      for (const body of bodies) {
        assert.equal(body.response.content[0].text, "Hello there");
        assert.equal(body.usage.outputTokens, 2);
        assert.equal(body.metadata.incomplete, undefined);
      }
    });

    test("an error is the host's and the span's", async () => {
      llm.status = 400;
      await assert.rejects(async () => await make().messages.create(given), /refused by the provider/);
      assert.equal((await only()).status, "error");
    });
  });
}
