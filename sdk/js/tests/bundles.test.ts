/** The package as bundlers, edge runtimes and browsers take it: nothing of Node, nothing unused, and nothing lost. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { BUILD, runChild } from "./children.js";
import { Loopback, until } from "./loopback.js";

interface Bundled {
  text: string;
  bytes: number;
}

/** Bundle a program as `conditions` ask. */
async function bundle(program: string, conditions: string[], format: "esm" | "cjs" | "iife" = "esm"): Promise<Bundled> {
  const isNode = conditions.includes("node");
  const done = await build({
    stdin: { contents: program, resolveDir: BUILD },
    bundle: true,
    write: false,
    minifySyntax: true,
    treeShaking: true,
    format,
    conditions,
    platform: isNode ? "node" : "neutral",
  });
  const text = done.outputFiles[0]?.text ?? "";
  return { text, bytes: text.length };
}

test("a bundle that uses span alone leaves out wrapped clients, and what else it does not use", async () => {
  for (const conditions of [["browser"], ["edge-light"], ["node"]]) {
    const one = await bundle('import { init, span } from "watchllm"; init(); span("x", () => 1);', conditions);
    const all = await bundle('import * as watchllm from "watchllm"; globalThis.w = watchllm;', conditions);
    for (const unused of ["ChatCollector", "MessagesCollector", "responsePromise", "groq.com", "evalMetric"]) {
      assert.ok(all.text.includes(unused), `${unused} is what this test thinks it is`);
      assert.ok(!one.text.includes(unused), `${unused} in the bundle for ${conditions}`);
    }
    assert.ok(one.bytes < 0.75 * all.bytes, `${one.bytes} of ${all.bytes}`);
  }
});

test("a bundle for the edge or a browser has nothing of Node in it", async () => {
  for (const condition of ["browser", "edge-light", "workerd"]) {
    const { text } = await bundle('import * as watchllm from "watchllm"; globalThis.w = watchllm;', [condition]);
    assert.doesNotMatch(text, /\b(?:require\(|from "node:|Buffer\b)/);
  }
});

describe("with a server", () => {
  let server: Loopback;
  beforeEach(async () => {
    server = await Loopback.start();
  });
  afterEach(() => server.stop());

  for (const format of ["esm", "cjs"] as const) {
    test(`a bundle for Node runs by itself (${format})`, async () => {
      const program = `
        import { init, span, custom } from "watchllm";
        init();
        span("outer", async () => { await null; custom("inner"); });
      `;
      const { text } = await bundle(program, ["node"], format);
      const env = { WATCHLLM_API_KEY: "wl_bundle", WATCHLLM_BASE_URL: server.url };
      const done = await runChild(text, { env, isCommonJs: format === "cjs" });
      assert.equal(done.code, 0, done.stderr);
      const [inner, outer] = server.accepted;
      assert.deepEqual(server.names(), ["inner", "outer"]);
      assert.equal(inner?.parentEventId, outer?.eventId);
    });
  }

  test("in an edge runtime without anything of Node, events are sent, and a request waits for them", async () => {
    const program = `
      import * as watchllm from "watchllm";
      globalThis.handle = async (context, url) => {
        watchllm.init({ apiKey: "wl_edge", baseUrl: url });
        const answer = await watchllm.span("request", async (span) => {
          watchllm.modelResponse("gpt-4o-mini", { prompt: "é".repeat(2000), response: "yes" });
          await null;
          return span.run(() => watchllm.tool("search", { arguments: { q: 1 } }, async () => "found"));
        });
        watchllm.waitUntil(context);
        return answer;
      };
    `;
    const { text } = await bundle(program, ["edge-light"], "iife");
    const vm = new EdgeVM({ initialCode: text });
    assert.equal(
      vm.evaluate("typeof process + typeof require + typeof Buffer + typeof AsyncLocalStorage"),
      "undefined".repeat(4),
    );
    const asked: Promise<unknown>[] = [];
    const handle = vm.evaluate("handle") as (context: object, url: string) => Promise<string>;
    assert.equal(await handle({ waitUntil: (promise: Promise<unknown>) => asked.push(promise) }, server.url), "found");
    assert.deepEqual(await Promise.all(asked), [true]);
    const byType = new Map(server.accepted.map((event) => [event.type, event]));
    assert.deepEqual([...byType.keys()], ["model_response", "tool_call", "span"]);
    for (const type of ["model_response", "tool_call"]) {
      assert.equal(byType.get(type)?.parentEventId, byType.get("span")?.eventId);
    }
    assert.equal(byType.get("model_response")?.body.prompt, "é".repeat(2000));
    assert.equal(server.requests[0]?.headers.authorization, "Bearer wl_edge");
  });
});

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

describe("in a browser", { skip: CHROMIUM ? false : "cannot have: Chromium" }, () => {
  let browser: Browser;
  let page: Page;
  let script = "";
  let server: Loopback;
  const errors: string[] = [];

  before(async () => {
    script = (
      await bundle('import * as watchllm from "watchllm"; globalThis.watchllm = watchllm;', ["browser"], "iife")
    ).text;
    server = await Loopback.start();
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
    page = await browser.newPage();
    page.on("pageerror", (problem) => errors.push(String(problem)));
    page.on("console", (message) => errors.push(message.text()));
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function open(options: object): Promise<void> {
    server.accepted.length = 0;
    await page.goto(`${server.url}/`);
    await page.addScriptTag({ content: script });
    await page.evaluate(
      `watchllm.init({ apiKey: "wl_page", baseUrl: location.origin, ...${JSON.stringify(options)} })`,
    );
  }

  test("events are sent", async () => {
    await open({});
    const isSent =
      await page.evaluate(`watchllm.span("page", async () => { await null; watchllm.log("x".repeat(5000)); })
      .then(() => watchllm.flush())`);
    assert.equal(isSent, true);
    assert.equal(server.accepted.length, 2);
  });

  test("a page that goes away sends what it holds, in requests that outlive it", async () => {
    await open({ flushIntervalMs: 3_600_000 });
    await page.evaluate('for (let i = 0; i < 50; i++) watchllm.custom("event " + i)');
    await page.goto("about:blank");
    await until(() => server.accepted.length >= 50);
    assert.equal(new Set(server.accepted.map((event) => event.eventId)).size, 50);
  });

  test("a page that is closed sends what it holds", async () => {
    const first = page;
    page = await browser.newPage();
    await open({ flushIntervalMs: 3_600_000 });
    await page.evaluate('watchllm.custom("last words")');
    await page.close();
    page = first;
    await until(() => server.accepted.length > 0);
    assert.deepEqual(server.names(), ["last words"]);
  });

  test("a server that is away leaves no unhandled rejection in the page", async () => {
    await open({ flushIntervalMs: 3_600_000 });
    errors.length = 0;
    await page.evaluate(`addEventListener("unhandledrejection", (event) => console.log("unhandled " + event.reason))`);
    server.byDefault = { act: "drop" };
    await page.evaluate(
      'watchllm.custom("x"); dispatchEvent(new Event("pagehide")); watchllm.custom("y"); watchllm.flush(300)',
    );
    assert.deepEqual(
      errors.filter((text) => text.includes("unhandled")),
      [],
    );
  });
});
