/** A first program against the real server: what it sends is a trace in the read API. */

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PACKAGE, runChild } from "./children.js";

const ROOT = join(PACKAGE, "..", "..");
const KEY = "wl_test_key_that_is_at_least_32_characters_long";
const folder = mkdtempSync(join(tmpdir(), "watchllm-js-"));
let child: ChildProcess;
let url = "";

// biome-ignore lint/suspicious/noExplicitAny: answers of the server
type Answer = any;

async function get(path: string): Promise<Answer> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${KEY}` } });
  assert.equal(answer.status, 200, path);
  return await answer.json();
}

before(async () => {
  const log = openSync(join(folder, "serve.log"), "a");
  const command = ["-m", "watchllm_server", "serve", "--port", "0", "--data-dir", join(folder, "data")];
  child = spawn(join(ROOT, ".venv", "bin", "python"), command, {
    env: { ...process.env, WATCHLLM_INIT_PROJECT_ID: "proj_test", WATCHLLM_INIT_API_KEY: KEY },
    stdio: ["ignore", log, log],
    detached: true,
  });
  const address = join(folder, "data", "run", "serve.json");
  for (let i = 0; i < 1500 && child.exitCode === null; i++) {
    await sleep(100);
    if (!existsSync(address)) continue;
    try {
      url = JSON.parse(readFileSync(address, "utf8")).url;
      if ((await fetch(`${url}/readyz`)).status === 200) return;
    } catch {
      // Not written to its end, or not listening yet.
    }
  }
  throw new Error(`the server did not start:\n${readFileSync(join(folder, "serve.log"), "utf8").slice(-4000)}`);
});

after(async () => {
  const over = new Promise((resolve) => child.on("close", resolve));
  process.kill(-(child.pid ?? 0), "SIGTERM");
  await Promise.race([over, sleep(20_000, undefined, { ref: false })]);
  rmSync(folder, { recursive: true, force: true });
});

async function run(program: string, said = /^$/): Promise<string> {
  const done = await runChild(program, { env: { WATCHLLM_API_KEY: KEY, WATCHLLM_BASE_URL: url } });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, said);
  return done.stdout;
}

async function trace(name: string): Promise<Answer> {
  const filter = encodeURIComponent(JSON.stringify({ and: [{ field: "name", op: "=", value: name }] }));
  for (let i = 0; i < 100; i++) {
    const [row] = (await get(`/api/v1/traces?filter=${filter}`)).data;
    if (row) return row;
    await sleep(100);
  }
  throw new Error(`there is no trace ${name}`);
}

test("the quickstart of the README is a trace with its tokens and its price", async () => {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const program = /## Quickstart\n\n```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  assert.ok(program.trim().split("\n").length <= 12);
  await run(program.replace("wl_...", KEY).replace("http://127.0.0.1:8000", url));
  const row = await trace("hello");
  assert.deepEqual([row.event_count, row.model_call_count, row.status], [2, 1, "ok"]);
  assert.equal(row.total_tokens, 21);
  assert.equal(Number(row.total_cost_usd), 0.0000072);
});

test("the server takes every helper, whatever it is given, and refuses none", async () => {
  const program = `
    import * as w from "watchllm";
    w.init({ environment: "test", release: "1" });
    const odd = { nan: NaN, big: 10n, map: new Map([["a", new Set([1])]]), e: new Error("x"), half: "\\ud800", ["__proto__"]: 1 };
    odd.self = odd;
    w.context({ sessionId: "s", userId: "u", tags: ["a"], metadata: odd }, () => w.span("all", { input: odd }, (span) => {
      w.log("hi", { level: "warning", metadata: odd });
      w.error(new TypeError("no"), { fingerprint: ["f"], metadata: odd });
      w.tokenUsage("gpt-4o-mini", { inputTokens: 1, outputTokens: 2, costUSD: "0.5" });
      w.message("user", "hello"); w.message("tool", null);
      w.modelResponse("gpt-4o-mini", { messages: [{ role: "user", content: odd }], response: odd, usage: { input_tokens: -1 }, latencyMs: 5 });
      w.agentAction("act", { name: "n", input: odd, stepIndex: 0, state: odd });
      w.toolCall("search", { arguments: odd, result: odd, error: new Error("e"), latencyMs: -1 });
      w.retrieval("q", ["text", { id: "1", score: 0.5, text: "t", metadata: odd }], { vectorDimensions: 3 });
      w.evalMetric("m", 0.5); w.score("yes", true, { label: "l", comment: "c" }); w.score("none", NaN);
      w.custom("c", odd); w.captureEvent("custom", { name: "captured", anything: odd });
      w.step("plan", { context: [odd], memory: odd });
      w.modelCall("gpt-4o-mini", { messages: [] }, () => "yes");
      w.agent("a", {}, () => w.tool("t", { arguments: odd }, () => odd));
      span.set(odd);
    }));
    await w.flush();
    console.log(JSON.stringify(w.stats()));
  `;
  const stats = JSON.parse(await run(program, /^(watchllm: a (token count|latency) .* was left out.*\n){2}$/));
  assert.deepEqual(stats, { queued: 0, sent: 19, dropped: {} });
  const row = await trace("all");
  assert.equal(row.event_count, 19);
  assert.deepEqual([row.session_id, row.user_id, row.environment, row.release], ["s", "u", "test", "1"]);
});

test("each envelope of the vectors is accepted", async () => {
  const { cases } = JSON.parse(readFileSync(join(PACKAGE, "..", "vectors", "envelope.json"), "utf8"));
  for (const { name, envelope } of cases) {
    const body = JSON.stringify([{ ...envelope, sdk: { name: "vectors", version: "1" } }]);
    const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1/events/batch`, { method: "POST", body, headers });
    assert.equal(answer.status, 202, `${name}: ${await answer.text()}`);
  }
});
