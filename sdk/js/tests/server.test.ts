/** Programs against the real server: what they send is in the read API, equal and once. */

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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

async function trace(name: string, events = 1): Promise<Answer> {
  const filter = encodeURIComponent(JSON.stringify({ and: [{ field: "name", op: "=", value: name }] }));
  for (let i = 0; i < 300; i++) {
    const [row] = (await get(`/api/v1/traces?filter=${filter}`)).data;
    if (row?.event_count >= events) return row;
    await sleep(100);
  }
  throw new Error(`there is no trace ${name}`);
}

/** Run npm as it was called, also where it is no command. */
function npm(folder: string, ...words: string[]): string {
  const [command = "", ...first] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const done = spawnSync(command, [...first, ...words], { cwd: folder, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
}

test("the tarball installs in an empty folder, and the quickstart of the README works there as printed", async () => {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const program = /## Quickstart\n\n```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  assert.ok(program.trim().split("\n").length <= 12);
  const place = join(folder, "empty");
  mkdirSync(place);
  const tarball = npm(PACKAGE, "pack", "--silent", "--pack-destination", place).split("\n").at(-1) ?? "";
  npm(place, "install", "--offline", "--no-audit", "--no-fund", `./${tarball}`);
  assert.deepEqual(
    readdirSync(join(place, "node_modules")).filter((name) => !name.startsWith(".")),
    ["watchllm"],
  );
  const files = readdirSync(join(place, "node_modules", "watchllm"));
  assert.deepEqual(files.sort(), ["LICENSE", "README.md", "dist", "docs", "package.json"]);
  // The address and the key of the README are those of a server that was just started.
  writeFileSync(join(place, "hello.mjs"), program.replace("wl_...", KEY).replace("http://127.0.0.1:8000", url));
  const done = spawnSync(process.execPath, ["hello.mjs"], { cwd: place, encoding: "utf8" });
  assert.deepEqual([done.status, done.stdout, done.stderr], [0, "", ""]);
  const row = await trace("hello");
  assert.deepEqual([row.event_count, row.model_call_count, row.status], [2, 1, "ok"]);
  assert.equal(row.total_tokens, 21);
  assert.equal(Number(row.total_cost_usd), 0.0000072);
});

test("what was sent is found by the read API, with its content equal", async () => {
  const content = { text: "Grüße ✓ \u0000 end", list: [1, 2.5, true, null], deep: { "a.b": { c: "x".repeat(5000) } } };
  const program = `
    import * as w from "watchllm";
    w.init();
    const content = ${JSON.stringify(content)};
    w.span("equal", { input: content }, (span) => {
      console.log(span.eventId);
      w.tool("search", { arguments: content }, (tool) => { console.log(tool.eventId); return content; });
      console.log(w.modelResponse("gpt-4o-mini", { prompt: content.text, response: "yes", usage: { inputTokens: 3, outputTokens: 1 } }));
      return content;
    });
    await w.flush();
  `;
  const [span = "", tool = "", call = ""] = (await run(program)).trim().split("\n");
  const row = await trace("equal");
  assert.equal(row.event_count, 3);
  for (const [id, type] of [
    [span, "span"],
    [tool, "tool_call"],
  ] as const) {
    const event = await get(`/api/v1/events/${id}`);
    assert.deepEqual([event.type, event.trace_id], [type, row.trace_id]);
    assert.deepEqual(event.input, content);
    assert.deepEqual(event.output, content);
  }
  const event = await get(`/api/v1/events/${call}`);
  assert.deepEqual(event.input, [{ role: "user", parts: [{ type: "text", content: content.text }] }]);
  assert.deepEqual(event.output, [{ role: "assistant", parts: [{ type: "text", content: "yes" }] }]);
  assert.deepEqual([event.usage.input_tokens, event.usage.output_tokens], [3, 1]);
});

test("with three answers of ten lost, 2,000 events are there exactly once", async () => {
  const losing = await losingProxy();
  const program = `
    import * as w from "watchllm";
    const { random } = Math;
    Math.random = () => random() / 50; // the waits, not their order, are what this test can spare
    w.init({ exitTimeoutMs: 60_000 });
    await w.span("lossy", async () => {
      for (let i = 0; i < 1999; i++) {
        w.tool("t", { arguments: { i } }, () => i);
        if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    console.log(await w.flush(60_000), JSON.stringify(w.stats()));
  `;
  const env = { WATCHLLM_API_KEY: KEY, WATCHLLM_BASE_URL: losing.url };
  const done = await runChild(program, { env });
  assert.equal(done.stdout, 'true {"queued":0,"sent":2000,"dropped":{}}\n', done.stderr);
  assert.ok(losing.lost > 3, `${losing.lost} answers were lost`);
  losing.stop();
  const row = await trace("lossy", 2000);
  const { columns } = await get(`/api/v1/traces/${row.trace_id}?shape=flat`);
  assert.equal(columns.event_id.length, 2000);
  assert.equal(new Set(columns.event_id).size, 2000);
});

/** Passes requests on to the server, and closes three connections of ten when the server has answered. */
async function losingProxy() {
  let asked = 0;
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization = "", "content-encoding": encoding } = request.headers;
    const headers = {
      authorization,
      "content-type": "application/json",
      ...(encoding && { "content-encoding": encoding }),
    };
    const answer = await fetch(url + request.url, { method: "POST", headers, body: Buffer.concat(chunks) });
    const text = await answer.text();
    asked += 1;
    if (asked % 10 < 3) {
      losing.lost += 1;
      request.socket.destroy();
    } else response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    proxy.closeAllConnections();
    proxy.close();
  };
  const losing = { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, lost: 0, stop };
  return losing;
}

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
