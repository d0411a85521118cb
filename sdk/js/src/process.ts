/**
 * The one client of this process: `init`, `flush`, `shutdown`, `stats`, and what happens at the end.
 *
 * Misuse is said once and then does nothing: this module never throws into the host, and never delays the end of its
 * process beyond the exit timeout, or changes the exit code.
 */

import { Client } from "./client.js";
import { fault, guarded, warn } from "./notices.js";
import type { Stats } from "./outbox.js";
import { runtime } from "./platform.js";
import type { InitOptions, Settings } from "./settings.js";
import { ConfigurationError, readSettings } from "./settings.js";
import { NOT_STARTED, state } from "./state.js";
import type { Transport } from "./transport.js";
import { FetchTransport, sendWhileLeaving } from "./transport.js";

const ENDED = "shutdown() was called, so nothing more is sent";
const MAX_EXIT_BODY_BYTES = 5 * 1024 * 1024;
// Browsers allow 64 KiB for all requests that outlive their page; text beyond ASCII takes up to 3 bytes.
const MAX_LEAVING_CHARS = 20_000;

/** Return the client, or null after saying once why there is none; null also inside what reads the host's values. */
export function activeClient(): Client | null {
  if (state.isReading) return null;
  if (!state.client && state.whyAbsent) {
    const text = state.whyAbsent;
    state.whyAbsent = "";
    warn("absent", text);
  }
  return state.client;
}

/**
 * Start sending events to a WatchLLM server. Nothing is connected before the first event. A setting that cannot work
 * is said once, and the SDK stays off.
 */
export function init(options: InitOptions = {}): void {
  guarded("init", undefined, () => {
    let settings: Settings;
    try {
      settings = readSettings(options ?? {});
    } catch (problem) {
      if (!(problem instanceof ConfigurationError)) throw problem;
      if (!state.client) state.whyAbsent = "";
      warn("configuration", `WatchLLM is off: ${problem.message}`);
      return;
    }
    start(settings);
  });
}

function start(settings: Settings): void {
  if (state.client) {
    if (!isSame(settings, state.client.settings)) {
      warn("twice", "init() was called again and ignored; call shutdown() first");
    }
    return;
  }
  state.isOff = !settings.enabled;
  if (state.isOff) {
    state.whyAbsent = "";
    return;
  }
  const make = state.abilities.makeTransport ?? ((given: Settings): Transport => new FetchTransport(given));
  state.client = new Client(settings, () => make(settings));
  hookTheEnd();
}

/**
 * Wait until everything captured so far was sent; resolves to whether it was, within `timeoutMs`.
 *
 * Resolves at once where the server ordered a longer wait. Events that were not sent stay queued.
 */
export async function flush(timeoutMs = 5000): Promise<boolean> {
  try {
    return state.client ? await state.client.flush(milliseconds(timeoutMs)) : true;
  } catch (problem) {
    fault("flush", problem);
    return false;
  }
}

/** Send what is queued, for at most `timeoutMs`, and stop; `init()` may start again. */
export async function shutdown(timeoutMs = 5000): Promise<void> {
  const { client } = state;
  if (!client) return;
  state.client = null;
  state.whyAbsent = ENDED;
  try {
    sayLeft(await client.close(milliseconds(timeoutMs)));
  } catch (problem) {
    fault("shutdown", problem);
  }
}

/**
 * Return how many events are `queued` and were `sent`, and how many were `dropped`, by reason: queue_full, too_large,
 * unserialisable, rejected, server_error, auth, expired, shutdown, internal_error.
 */
export function stats(): Stats {
  return state.client?.outbox.counts() ?? { queued: 0, sent: 0, dropped: {} };
}

/** Keep an edge function alive until everything captured so far was sent; `context` is what the platform gives it. */
export function waitUntil(context: { waitUntil(promise: Promise<unknown>): void }): void {
  guarded("waitUntil", undefined, () => context.waitUntil(flush()));
}

/** Make `client` the one of this process and return the one before; the tool of `watchllm/testing`. */
export function swapClient(client: Client | null): Client | null {
  const before = state.client;
  state.client = client;
  state.whyAbsent = NOT_STARTED;
  state.isOff = false;
  return before;
}

function milliseconds(value: unknown): number {
  const number = Number(value);
  return number > 0 ? Math.min(number, 2 ** 31 - 1) : 0;
}

function isSame(one: Settings, other: Settings): boolean {
  const plain = (settings: Settings) => JSON.stringify({ ...settings, redaction: !settings.redaction?.hook });
  return plain(one) === plain(other);
}

function sayLeft(left: number): void {
  if (left) warn("left", `${left} events were not sent before the end`);
}

function hookTheEnd(): void {
  if (state.hasHooks) return;
  state.hasHooks = true;
  const host = runtime.process;
  if (typeof host?.on === "function") {
    host.on("beforeExit", () => guarded("beforeExit", undefined, flushBeforeExit));
    host.on("exit", () => guarded("exit", undefined, sendTheRest));
  }
  // A page that is hidden may never come back; `pagehide` alone is not fired by phones that kill a browser.
  runtime.document?.addEventListener("visibilitychange", () => {
    if (runtime.document?.visibilityState === "hidden") guarded("hidden", undefined, sendFromThePage);
  });
  if (runtime.document) runtime.addEventListener?.("pagehide", () => guarded("pagehide", undefined, sendFromThePage));
}

// The client that has had its time at the natural end of the process, which comes back as long as something is done.
let finished: Client | null = null;

function flushBeforeExit(): void {
  const { client } = state;
  if (!client || client === finished || client.outbox.accepted === client.outbox.settled) return;
  finished = client;
  client.flushAtTheEnd(client.settings.exitTimeoutMs).then(
    (isSent) => {
      if (isSent) finished = null;
    },
    (problem) => fault("beforeExit", problem),
  );
}

function sendTheRest(): void {
  const { client } = state;
  if (!client) return;
  const { settings, outbox } = client;
  const send = client === finished || settings.exitTimeoutMs <= 0 ? undefined : state.abilities.sendAtExit;
  if (send && outbox.accepted > outbox.settled) {
    const bodies = client.takeBodies(MAX_EXIT_BODY_BYTES);
    const accepted = bodies.length
      ? send(
          settings,
          bodies.map((one) => one.body),
          settings.exitTimeoutMs,
        )
      : 0;
    for (const { entries } of bodies.slice(0, accepted)) outbox.settle(entries);
  }
  sayLeft(client.abandon());
}

function sendFromThePage(): void {
  const { client } = state;
  if (!client) return;
  let room = 3 * MAX_LEAVING_CHARS;
  for (const { body, entries } of client.takeBodies(MAX_LEAVING_CHARS)) {
    const bytes = new TextEncoder().encode(body).length;
    room -= bytes;
    // What does not fit any more waits for the page to come back.
    if (room < 0) client.outbox.putBack(entries, "expired");
    else {
      sendWhileLeaving(client.settings, body);
      client.outbox.settle(entries);
    }
  }
}
