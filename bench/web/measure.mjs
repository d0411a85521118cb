// Opens pages in Chromium and prints what was measured as one JSON object: milliseconds, bytes.
// Usage: node measure.mjs <JSON: {"pages": [{"name", "url", "text", "samples"}], "signIn"?, "deep"?}>
// `text` is what a page must show to be of use; `deep` names the page on which scrolling, memory and search are measured.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const task = JSON.parse(process.argv[2]);
const TIMEOUT_MS = 120_000;
const SCROLL_MS = 8_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-precise-memory-info"],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
await context.addInitScript(watchFor);
const results = { paint_ms: {} };
try {
  if (task.signIn) await signIn(task.signIn);
  for (const page of task.pages) results.paint_ms[page.name] = await paints(page);
  if (task.deep) Object.assign(results, await deep(task.deep));
  console.log(JSON.stringify(results));
} finally {
  await browser.close();
}

async function signIn({ url, email, password }) {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/traces/);
  await page.close();
}

/** Returns the times from the start of a navigation to the frame that shows the text, in a new tab each. */
async function paints({ url, text, samples }) {
  const times = [];
  for (let sample = 0; sample < samples; sample++) {
    const page = await context.newPage();
    await page.addInitScript((wanted) => window.lookFor(wanted), text);
    await page.goto(url, { waitUntil: "commit" });
    const shown = await page.waitForFunction(() => window.shownAt, null, { timeout: TIMEOUT_MS, polling: 50 });
    times.push(await shown.jsonValue());
    await page.close();
  }
  return times;
}

/** Runs in the page: remembers when the text was first in a painted frame. */
function watchFor() {
  window.lookFor = (text) => {
    const look = () => {
      const found = document.body?.innerText.includes(text);
      if (!found) return requestAnimationFrame(look);
      // The frame after this one is on the screen.
      requestAnimationFrame(() => setTimeout(() => (window.shownAt = performance.now())));
    };
    look();
  };
}

async function deep({ url, text, scroller, search, name, words }) {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText(text).first().waitFor({ timeout: TIMEOUT_MS });
  const frames = await page.evaluate(scrollThrough, [scroller, SCROLL_MS]);
  const inNames = await page.evaluate(find, [search, name, false]);
  const inTexts = await page.evaluate(find, [search, words, true]);
  const session = await context.newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await page.close();
  return { ...frames, search_names_ms: inNames, search_texts_ms: inTexts, heap_bytes: usedSize };
}

/** Runs in the page: scrolls from the first row to the last one and back; returns the frames that it took. */
async function scrollThrough([selector, forMs]) {
  const element = document.querySelector(selector);
  const end = element.scrollHeight - element.clientHeight;
  const gaps = [];
  let empty = 0;
  const began = performance.now();
  let last = began;
  for (;;) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    const part = (now - began) / forMs;
    if (part >= 1) break;
    if (!element.querySelector("[role=treeitem]")) empty++;
    element.scrollTop = end * (part < 0.5 ? 2 * part : 2 - 2 * part);
  }
  gaps.sort((one, other) => one - other);
  return { scroll_longest_ms: gaps.at(-1), scroll_p95_ms: gaps[Math.floor(gaps.length * 0.95)], scroll_frames: gaps.length, scroll_empty_frames: empty };
}

/** Runs in the page: types a text, and returns when the page says how many it found (and that no more will come). */
async function find([selector, text, isWhole]) {
  const field = document.querySelector(selector);
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const began = performance.now();
  set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  for (;;) {
    await new Promise(requestAnimationFrame);
    const shown = document.querySelector("[data-found]");
    const isDone = shown && Number(shown.dataset.found) > 0 && !(isWhole && shown.textContent.includes("…"));
    if (isDone || performance.now() - began > 20_000) return performance.now() - began;
  }
}
