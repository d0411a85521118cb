/** Programs of a host in processes of their own: what arrives, what they print, and how they end. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { ChildOptions } from "./children.js";
import { runChild } from "./children.js";
import { Loopback } from "./loopback.js";

let server: Loopback;
beforeEach(async () => {
  server = await Loopback.start();
});
afterEach(() => server.stop());

const ESM = 'import * as watchllm from "watchllm";\n';

function run(program: string, options: ChildOptions = {}) {
  const env = { WATCHLLM_API_KEY: "wl_child", WATCHLLM_BASE_URL: server.url, ...options.env };
  return runChild(ESM + program, { ...options, env });
}

const ONE = 'watchllm.init(); watchllm.custom("one");\n';
const ENDS: [string, string, number][] = [
  ["its natural end", ONE, 0],
  ["process.exit", `${ONE}process.exit(3);`, 3],
  ["an exception that nobody caught", `${ONE}throw new Error("host");`, 1],
  ["a rejection that nobody handled", `${ONE}Promise.reject(new Error("host"));`, 1],
  ["process.exitCode", `${ONE}process.exitCode = 4;`, 4],
];

for (const [name, program, code] of ENDS) {
  test(`events are sent at ${name}, once, and the exit code stays`, async () => {
    const done = await run(program);
    assert.equal(done.code, code, done.stderr);
    assert.deepEqual(server.names(), ["one"]);
    assert.equal(done.stdout, "");
    assert.doesNotMatch(done.stderr, /watchllm:/);
  });
}

test("the host's own handler of SIGTERM has its events sent", async () => {
  const handler = 'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready");';
  const done = await run(`${ONE}${handler}`, { signal: "SIGTERM" });
  assert.equal(done.code, 7);
  assert.deepEqual(server.names(), ["one"]);
});

test("both builds in one process share one client and one flow", async () => {
  const program = `
    import { createRequire } from "node:module";
    const other = createRequire(import.meta.url)("watchllm");
    watchllm.init();
    if (other.span === watchllm.span) throw new Error("one build only");
    await watchllm.span("outer", async () => { await null; other.custom("inner"); });
    await other.flush();
    console.log(JSON.stringify(other.stats()));
  `;
  const done = await run(program);
  assert.equal(done.stdout, '{"queued":0,"sent":2,"dropped":{}}\n', done.stderr);
  const [inner, outer] = server.accepted;
  assert.equal(inner?.parentEventId, outer?.eventId);
});

test("CommonJS", async () => {
  const program = 'const w = require("watchllm"); w.init(); w.custom("cjs");';
  const env = { WATCHLLM_API_KEY: "wl_child", WATCHLLM_BASE_URL: server.url };
  const done = await runChild(program, { env, isCommonJs: true });
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(server.names(), ["cjs"]);
});

test("a server that hangs does not hold the end longer than the exit timeout", async () => {
  server.byDefault = { act: "hang" };
  const done = await run('watchllm.init({ exitTimeoutMs: 300 }); watchllm.custom("one");');
  assert.equal(done.code, 0);
  assert.ok(done.ms < 3000, `${done.ms} ms`);
  assert.match(done.stderr, /1 events were not sent before the end/);
});

test("an exit timeout of 0 does not wait", async () => {
  const done = await run('watchllm.init({ exitTimeoutMs: 0 }); watchllm.custom("one"); process.exit(0);');
  assert.deepEqual(server.names(), []);
  assert.equal(done.code, 0);
});

test("flush resolves in time where the server hangs, and at once where it ordered a pause", async () => {
  server.replies.push({ status: 429, headers: { "retry-after": "60" } });
  server.byDefault = { act: "hang" };
  const program = `
    watchllm.init({ exitTimeoutMs: 0, maxRetries: 0 });
    watchllm.custom("one");
    await watchllm.flush(1000);
    const began = performance.now();
    const isSent = await watchllm.flush(5000);
    console.log(isSent, performance.now() - began < 300);
  `;
  assert.equal((await run(program)).stdout, "false false\n".replace("false false", "false true"));
  server.replies.length = 0;
  const hung = `
    watchllm.init({ exitTimeoutMs: 0 });
    watchllm.custom("one");
    const began = performance.now();
    const isSent = await watchllm.flush(400);
    const ms = performance.now() - began;
    console.log(isSent, ms >= 390 && ms < 500);
  `;
  assert.equal((await run(hung)).stdout, "false true\n");
});

const QUIET: [string, Record<string, string>, RegExp][] = [
  ["no key", { WATCHLLM_API_KEY: "" }, /^watchllm: WatchLLM is off: there is no API key.*\n$/],
  ["a host that is none", { WATCHLLM_BASE_URL: "htp://x" }, /^watchllm: WatchLLM is off: baseUrl must.*\n$/],
  ["a server that is down", { WATCHLLM_BASE_URL: "http://127.0.0.1:9" }, /^watchllm: the server cannot be reached.*\n/],
];

for (const [name, env, line] of QUIET) {
  test(`with ${name} the host runs as before, and reads one line`, async () => {
    const program = `
      watchllm.init({ exitTimeoutMs: 300 });
      for (let i = 0; i < 500; i++) watchllm.log("secret payload");
      await watchllm.flush(200);
      console.log(await watchllm.span("s", async () => 42));
    `;
    const done = await run(program, { env });
    assert.equal(done.stdout, "42\n");
    assert.equal(done.code, 0);
    assert.match(done.stderr, line);
    assert.ok(done.stderr.split("\n").length <= 3, done.stderr);
    assert.doesNotMatch(done.stderr, /secret|wl_child/);
  });
}

test("used before init, after shutdown, and configured twice: one line, and nothing breaks", async () => {
  const program = `
    watchllm.log("early"); watchllm.log("early");
    watchllm.init(); watchllm.init({ release: "other" });
    watchllm.log("one");
    await watchllm.shutdown();
    watchllm.log("late"); await watchllm.flush(); await watchllm.shutdown();
    console.log(JSON.stringify(watchllm.stats()));
  `;
  const done = await run(program);
  assert.deepEqual(server.names(), ["one"]);
  assert.equal(done.stdout, '{"queued":0,"sent":0,"dropped":{}}\n');
  assert.equal(done.stderr.trim().split("\n").length, 2, done.stderr);
});

test("a fetch and timers that others patched are not used", async () => {
  const program = `
    globalThis.fetch = () => { throw new Error("patched"); };
    globalThis.setTimeout = () => { throw new Error("patched"); };
    watchllm.init(); watchllm.custom("one");
    await watchllm.flush();
  `;
  const done = await run(program);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(server.names(), ["one"]);
});

test("on the edge: fetch alone, kept alive by waitUntil", async () => {
  const program = `
    const asked = [];
    watchllm.init({ apiKey: "wl_edge", baseUrl: process.env.WATCHLLM_BASE_URL, waitUntil: (p) => asked.push(p) });
    watchllm.custom("one"); watchllm.custom("two");
    await Promise.all(asked);
    console.log(asked.length, watchllm.stats().sent);
    watchllm.waitUntil({ waitUntil: (p) => p.then((isSent) => console.log(isSent)) });
  `;
  const done = await run(program, { flags: ["--conditions=edge-light"] });
  assert.equal(done.stdout, "1 2\ntrue\n", done.stderr);
});

test("an edge runtime without timers and without AsyncLocalStorage", async () => {
  const program = `
    await watchllm.span("outer", async (span) => {
      watchllm.custom("inside");
      await null;
      watchllm.custom("after");
      span.run(() => watchllm.custom("below"));
    });
    const asked = [];
    watchllm.waitUntil({ waitUntil: (p) => asked.push(p) });
    await Promise.all(asked);
  `;
  const start = "watchllm.init();\n";
  // Taken away while the package loads alone: Node's own fetch does not work without timers.
  const without = `const { setTimeout } = globalThis;
    globalThis.setTimeout = () => { throw new Error("no timers outside a request"); };
    process.getBuiltinModule = undefined;
    const watchllm = await import("watchllm");
    globalThis.setTimeout = setTimeout;\n`;
  const env = { WATCHLLM_API_KEY: "wl_child", WATCHLLM_BASE_URL: server.url };
  const done = await runChild(without + start + program, { env, flags: ["--conditions=edge-light"] });
  assert.equal(done.code, 0, done.stderr);
  const byName = new Map(server.accepted.map((event) => [event.body.name, event]));
  const outer = byName.get("outer");
  assert.equal(byName.get("inside")?.parentEventId, outer?.eventId);
  assert.equal(byName.get("after")?.parentEventId, undefined);
  assert.equal(byName.get("below")?.parentEventId, outer?.eventId);
});

test("with the server down, a million events take bounded memory and are counted", async () => {
  const program = `
    watchllm.init({ exitTimeoutMs: 0 });
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 1_000_000; i++) {
      watchllm.custom("many", { i });
      if (i % 10_000 === 0) await null;
    }
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
    const { queued, dropped } = watchllm.stats();
    console.log(queued, dropped.queue_full, grown <= 100);
  `;
  const done = await run(program, { env: { WATCHLLM_BASE_URL: "http://127.0.0.1:9" } });
  assert.equal(done.stdout, "10000 990000 true\n", done.stderr);
});

test("a rejection that the host does not handle is still unhandled, and one that it handles is not", async () => {
  const program = `
    const unhandled = [];
    process.on("unhandledRejection", (problem) => unhandled.push(problem.message));
    watchllm.init();
    const fail = watchllm.observe(async (text) => { throw new Error(text); });
    fail("handled").catch(() => undefined);
    fail("forgotten");
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(unhandled.join());
  `;
  assert.equal((await run(program)).stdout, "forgotten\n");
});

test("a redirect is not followed, and no other host is asked", async () => {
  const other = await Loopback.start();
  server.byDefault = { status: 307, headers: { location: `${other.url}/api/v1/events/batch` } };
  await run('watchllm.init(); watchllm.custom("one"); await watchllm.flush(); console.log(watchllm.stats().dropped);');
  assert.equal(server.requests.length, 1);
  assert.equal(other.requests.length, 0);
  await other.stop();
});
