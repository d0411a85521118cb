// Times traced model calls: `node traced_calls.mjs SINK_URL SECONDS` in the folder of one SDK; prints one JSON line.
// Each SDK records the same call by the shortest way that its documentation shows: model, 1 KB in, 1 KB out, tokens.

import { setTimeout as sleep } from "node:timers/promises";
import { make } from "./sdk.mjs";

// As fast as a busy service calls models, and far below what any of the SDKs can take.
const PACED_PER_S = 500;
// Fewer than any of the queues holds, so that no call is cheap because its event is thrown away.
const TIGHT_CALLS = 1500;
const SENTENCES = [
  "The invoice of 12 March was paid twice, so a refund of 49.90 is on its way.",
  "Please answer in two sentences; do not mention internal IDs.",
  "According to the documentation, `max_retries` is 3 by default - as far as I know.",
  "Answer: the second option (B), since it needs no write access.",
  'Returned JSON: {"status": "ok", "items": 7}.',
  "Do you want me to check whether Alice's account is still active?",
];

/** Return 1,024 characters of ordinary text. */
function kilobyte(seed) {
  return Array.from({ length: 30 }, (_, i) => SENTENCES[(i * seed + seed) % SENTENCES.length]).join(" ").slice(0, 1024);
}

/** Return the microseconds of one call. */
function timed(call) {
  const began = performance.now();
  call();
  return (performance.now() - began) * 1000;
}

/** Time calls at a steady rate, while whatever sends them works in between. */
async function paced(call, seconds) {
  const times = [];
  const began = performance.now();
  for (let i = 0; i < PACED_PER_S * seconds; i++) {
    const waitMs = began + (i * 1000) / PACED_PER_S - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    else await new Promise(setImmediate);
    times.push(timed(call));
  }
  return times;
}

/** Return the microseconds of the processor that the whole process takes for each call, its sending included. */
async function throughout(call) {
  await sleep(2000);
  const before = process.cpuUsage();
  for (let i = 0; i < TIGHT_CALLS; i++) {
    call();
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  // Longer than any of them keeps what it holds.
  await sleep(7000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / TIGHT_CALLS;
}

function summary(times) {
  const ordered = [...times].sort((a, b) => a - b);
  const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  return { p50: ordered[ordered.length >> 1], p99: ordered[Math.floor(ordered.length * 0.99)], mean };
}

const [, , url, seconds] = process.argv;
const call = make(url, { model: "gpt-4o-mini", prompt: kilobyte(1), answer: kilobyte(5) });
for (let i = 0; i < 200; i++) call();
// Until what was sent first, with all that is made for it once, has gone.
await sleep(2000);
const steady = await paced(call, Number(seconds));
await sleep(2000);
const tight = [];
for (let i = 0; i < TIGHT_CALLS; i++) tight.push(timed(call));
const process_us = await throughout(call);
console.log(JSON.stringify({ paced: summary(steady), tight: summary(tight), process: { p50: process_us, p99: process_us, mean: process_us } }));
process.kill(process.pid, "SIGKILL");
