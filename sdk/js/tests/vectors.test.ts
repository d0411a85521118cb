/** The cases that every SDK answers alike. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { modelCall, prompt, span } from "watchllm";
import { recording } from "watchllm/testing";
import { ChatCollector, MessagesCollector, ResponsesCollector } from "../dist/esm/collectors.js";
import { encode } from "../dist/esm/encoding.js";
import { Entry } from "../dist/esm/entry.js";
import { hashOf, isKept } from "../dist/esm/sampling.js";
import { readSettings } from "../dist/esm/settings.js";
import { PACKAGE } from "./children.js";

// biome-ignore lint/suspicious/noExplicitAny: the cases are data
type Case = any;

function file(name: string): Case {
  return JSON.parse(readFileSync(join(PACKAGE, "..", "vectors", `${name}.json`), "utf8"));
}

function plain(value: unknown): Case {
  return JSON.parse(JSON.stringify(value));
}

for (const one of file("sampling").cases as Case[]) {
  test(`sampling: ${one.name}`, () => {
    assert.equal(hashOf(one.id), one.hash);
    assert.equal(isKept(one.id, one.rate), one.kept);
  });
}

for (const one of file("prompts").cases as Case[]) {
  test(`prompts: ${one.name}`, () => {
    assert.equal(prompt("p", one.template, one.variables), one.text);
  });
}

for (const one of file("redaction").cases as Case[]) {
  test(`redaction: ${one.name}`, async () => {
    const recorded = recording({
      redactDefaults: !one.is_off,
      redactPatterns: (one.patterns ?? []).map((text: string) => new RegExp(text)),
    });
    const { captureEvent } = await import("watchllm");
    captureEvent("custom", { name: "n", ...one.body });
    assert.deepEqual((await recorded.bodies("custom"))[0], { name: "n", ...one.sent });
    await recorded.stop();
  });
}

test("redaction: the built-in lists are those of the vectors", async () => {
  const { patterns, secret_keys } = file("redaction");
  const source = readFileSync(join(PACKAGE, "src", "redaction.ts"), "utf8");
  for (const { pattern } of patterns) assert.ok(source.includes(`/${pattern}/g`), pattern);
  for (const key of secret_keys) assert.match(source, new RegExp(`\\b${key}\\b`));
});

for (const one of file("envelope").cases as Case[]) {
  test(`envelope: ${one.name}`, () => {
    const { settings, scope, event } = one;
    const entry = new Entry(
      event.type,
      event.event_id,
      event.trace_id,
      event.parent_event_id,
      Number(BigInt(event.wall_ns) / 1000n),
      event.duration_ns === undefined ? undefined : Number(event.duration_ns) / 1000,
      {
        sessionId: scope.session_id ?? "",
        userId: scope.user_id ?? "",
        environment: scope.environment ?? "",
        release: scope.release ?? "",
        tags: scope.tags ?? [],
        metadata: scope.metadata ?? {},
      },
      event.body,
      0,
    );
    const { sdk, ...envelope } = JSON.parse(encode(entry, readSettings({ apiKey: "wl_x", ...settings }, {})));
    assert.equal(sdk.name, "watchllm-js");
    assert.deepEqual(envelope, one.envelope);
  });
}

function compared(usage: Case, names: string[]): Case {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([name]) => names.includes(name)));
}

for (const one of file("usage").cases as Case[]) {
  test(`usage: ${one.name}`, async () => {
    const recorded = recording();
    modelCall("m", {}, (call) => void call.response("yes", { usage: one.given }));
    assert.deepEqual(compared((await recorded.bodies("model_response"))[0]?.usage, file("usage").compared), one.usage);
    await recorded.stop();
  });
}

for (const one of file("answers").cases as Case[]) {
  test(`answers: ${one.name}`, async () => {
    const recorded = recording();
    modelCall("m", {}, (call) => void call.response(one.answer));
    const [body] = await recorded.bodies("model_response");
    assert.deepEqual(compared(body?.usage, file("answers").compared), one.usage);
    assert.deepEqual(body?.response, one.answer);
    await recorded.stop();
  });
}

const COLLECTORS: Record<string, new () => ChatCollector | ResponsesCollector | MessagesCollector> = {
  "openai.chat": ChatCollector,
  "openai.responses": ResponsesCollector,
  "anthropic.messages": MessagesCollector,
};

for (const one of file("streams").cases as Case[]) {
  test(`streams: ${one.name}`, () => {
    const Found = COLLECTORS[one.api];
    assert.ok(Found);
    const collector = new Found();
    for (const chunk of one.chunks) collector.add(chunk);
    assert.deepEqual(plain(collector.answer()), one.answer);
    assert.equal(collector.isComplete, !one.name.includes("half-way"));
  });
}

test("streams: chunks of unknown shapes are passed over", () => {
  const odd = [
    null,
    1,
    "x",
    [],
    {},
    { choices: 1 },
    { choices: [null, { delta: 3 }, { delta: { tool_calls: [null] } }] },
  ];
  const events = ["message_start", "content_block_start", "content_block_delta", "message_delta", "response.completed"];
  for (const Found of Object.values(COLLECTORS)) {
    const collector = new Found();
    for (const chunk of [...odd, ...events.map((type) => ({ type })), { type: "response.created", response: 7 }]) {
      collector.add(chunk);
      collector.answer();
    }
  }
  assert.ok(true);
});

test("a case file is read by nobody in vain: spans travel as the envelope says", async () => {
  const recorded = recording();
  span("work", () => undefined);
  const [event] = await recorded.events();
  assert.deepEqual(Object.keys(event?.body ?? {}).sort(), ["end", "name", "start", "status"]);
  await recorded.stop();
});
