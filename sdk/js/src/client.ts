/** One configured connection to a server: takes events from the host, owns the outbox and its delivery. */

import type { Clock, Ids } from "./clock.js";
import { RandomIds, SystemClock } from "./clock.js";
import { Delivery } from "./delivery.js";
import { encode } from "./encoding.js";
import type { Entry } from "./entry.js";
import { fault, warn } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Pacing } from "./pacing.js";
import type { Timer } from "./platform.js";
import { cancel, later, monotonicMs, pause } from "./platform.js";
import { askedAbout } from "./redaction.js";
import { isKept } from "./sampling.js";
import type { Settings } from "./settings.js";
import { MAX_BATCH_EVENTS } from "./settings.js";
import type { Transport } from "./transport.js";

// After an error of our own, so that a bug cannot become a busy loop in the host.
const FAULT_PAUSE_MS = 1000;

export class Client {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly #ids: Ids;
  readonly #pacing = new Pacing(monotonicMs);
  readonly #makeTransport: () => Transport;
  #transport: Transport | undefined;
  #delivery: Delivery | undefined;
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #wake: (() => void) | undefined;
  #flushTarget = 0;
  // How many callers wait for what is queued, and so want the process to stay alive for it.
  #flushing = 0;
  #isEnding = false;
  #isKeptAlive = false;

  constructor(
    readonly settings: Settings,
    makeTransport: () => Transport,
    clock: Clock = new SystemClock(),
    ids: Ids = new RandomIds(),
  ) {
    this.#makeTransport = makeTransport;
    this.clock = clock;
    this.#ids = ids;
    this.outbox = new Outbox(monotonicMs);
  }

  newId(): string {
    return this.#ids.newId();
  }

  /** Return whether the events of a trace, or of an event without one, are sent at all. */
  isSampled(id: string): boolean {
    return isKept(id, this.settings.sampleRate);
  }

  /** Queue an event whose values are copied already; returns whether it was accepted. */
  capture(entry: Entry): boolean {
    const hook = this.settings.redaction?.hook;
    // Here, where what surrounds the host's call surrounds its hook; the patterns follow when the event is encoded.
    if (hook) entry.body = askedAbout(entry.body, hook);
    if (!this.outbox.put(entry)) {
      this.sayFull();
      return false;
    }
    this.#schedule();
    this.#stayAlive();
    return true;
  }

  sayFull(): void {
    warn("queue_full", "events are dropped: the queue is full or shut down; see stats()");
  }

  /** Wait until everything captured so far is settled; resolves to false when that did not happen in time. */
  async flush(timeoutMs: number): Promise<boolean> {
    const deadlineMs = monotonicMs() + timeoutMs;
    const target = this.outbox.accepted;
    this.#flushTarget = Math.max(this.#flushTarget, target);
    this.#flushing += 1;
    this.#transport?.hold?.(true);
    try {
      while (this.outbox.settled < target) {
        const leftMs = deadlineMs - monotonicMs();
        const heldMs = this.#pacing.waitMs(this.#isEnding);
        // Where the server told us to stay away for longer, waiting would only hold up the host.
        if (leftMs <= 0 || heldMs > leftMs) return false;
        if (!(await this.#run(leftMs, heldMs))) return false;
      }
      return true;
    } finally {
      this.#flushing -= 1;
      if (!this.#flushing) this.#transport?.hold?.(false);
    }
  }

  /** Flush and accept nothing more; resolves to how many events were left behind. */
  async close(timeoutMs: number): Promise<number> {
    this.#isEnding = true;
    this.#wake?.();
    await this.flush(timeoutMs);
    return this.abandon();
  }

  /** Accept nothing more, at once; returns how many events were left behind. */
  abandon(): number {
    const left = this.outbox.close();
    this.#wake?.();
    cancel(this.#timer);
    this.#transport?.close();
    return left;
  }

  /** Flush at the natural end of a process, which may go on afterwards. */
  async flushAtTheEnd(timeoutMs: number): Promise<boolean> {
    this.#isEnding = true;
    this.#wake?.();
    try {
      return await this.flush(timeoutMs);
    } finally {
      this.#isEnding = false;
    }
  }

  /** Take all that is left as bodies of requests of at most `maxBytes`, for a last way that knows no waiting. */
  takeBodies(maxBytes: number): { body: string; entries: Entry[] }[] {
    // What the server ordered holds for this way, too.
    if (this.#pacing.isOrderedAway || this.#pacing.isOpen) return [];
    const bodies: { body: string; entries: Entry[] }[] = [];
    let texts: string[] = [];
    let entries: Entry[] = [];
    let size = 0;
    const finish = () => {
      if (texts.length) bodies.push({ body: `[${texts.join(",")}]`, entries });
      texts = [];
      entries = [];
      size = 0;
    };
    for (const entry of this.outbox.takeAll()) {
      const text = entry.encoded || encode(entry, this.settings);
      if (size + text.length > maxBytes || texts.length === MAX_BATCH_EVENTS) finish();
      texts.push(text);
      entries.push(entry);
      size += text.length + 1;
    }
    finish();
    return bodies;
  }

  get #isUrgent(): boolean {
    return this.#isEnding || this.outbox.settled < this.#flushTarget;
  }

  /** Let one batch be delivered, or the time pass, whichever is first; false where neither can happen. */
  async #run(leftMs: number, heldMs: number): Promise<boolean> {
    let timer: Timer | undefined;
    const timeout = new Promise<void>((resolve) => {
      // Long enough to see a pause that begins meanwhile: the delivery is looked at again.
      timer = later(resolve, Math.min(leftMs, heldMs > 0 ? heldMs + 1 : 50));
      timer?.ref?.();
    });
    if (heldMs === 0) this.#start();
    // Without timers, as on some edges, a pause cannot be waited for.
    if (timer === undefined && !this.#running) return false;
    await Promise.race([this.#running ?? timeout, timeout]);
    cancel(timer);
    return true;
  }

  /** Have what is queued delivered when it is due. */
  #schedule(): void {
    if (this.#running || this.outbox.isClosed || this.outbox.waiting === 0) return;
    const nowMs = monotonicMs();
    const isDue = this.outbox.waiting >= this.settings.flushAt || this.#isUrgent;
    const dueMs = isDue ? nowMs : this.outbox.oldestMs + this.settings.flushIntervalMs;
    const atMs = Math.max(dueMs, nowMs + this.#pacing.waitMs(this.#isEnding));
    if (atMs >= this.#timerAtMs) return;
    cancel(this.#timer);
    this.#timer = later(() => this.#start(), Math.max(0, atMs - nowMs));
    this.#timerAtMs = this.#timer === undefined ? Number.POSITIVE_INFINITY : atMs;
  }

  #start(): void {
    cancel(this.#timer);
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    if (this.#running || this.outbox.isClosed || this.outbox.waiting === 0) return;
    this.#running = this.#deliverOne().finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
  }

  async #deliverOne(): Promise<void> {
    const entries = this.outbox.take(MAX_BATCH_EVENTS);
    try {
      this.#transport ??= this.#makeTransport();
      this.#transport.hold?.(this.#flushing > 0);
      this.#delivery ??= new Delivery(this.outbox, this.#transport, this.settings, this.#pacing, (ms) =>
        this.#pause(ms),
      );
      await this.#delivery.deliver(entries);
    } catch (problem) {
      // What caused it may cause it again: these events are given up, those behind them are not.
      this.outbox.settle(entries, "internal_error");
      fault("delivery", problem);
      this.#pacing.hold(FAULT_PAUSE_MS, false);
    }
  }

  /** Wait between two tries, without keeping the process alive; the end of the process cuts it short. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const look = () => {
        cancel(timer);
        const leftMs = this.outbox.isClosed ? 0 : this.#pacing.waitMs(this.#isEnding);
        timer = leftMs > 0 ? later(look, leftMs) : undefined;
        if (timer !== undefined) return;
        this.#wake = undefined;
        resolve();
      };
      this.#wake = look;
      timer = later(look, ms);
      if (timer === undefined) look();
    });
  }

  /** On the edge, ask for the time that the delivery of what is queued takes. */
  #stayAlive(): void {
    const ask = this.settings.waitUntil ?? waitUntilOfTheRuntime();
    if (!ask || this.#isKeptAlive) return;
    this.#isKeptAlive = true;
    try {
      ask(
        this.#soon().finally(() => {
          this.#isKeptAlive = false;
        }),
      );
    } catch {
      // Outside a request there is nothing to be kept alive.
      this.#isKeptAlive = false;
    }
  }

  async #soon(): Promise<void> {
    // The rest of the request may add events; a batch of all of them is one request of ours.
    await pause(Math.min(100, this.settings.flushIntervalMs));
    await this.flush(this.settings.exitTimeoutMs);
  }
}

interface RequestContext {
  get?(): { waitUntil?: (promise: Promise<unknown>) => void } | undefined;
}

const VERCEL = Symbol.for("@vercel/request-context");

function waitUntilOfTheRuntime(): ((promise: Promise<unknown>) => void) | undefined {
  const context = (globalThis as unknown as Record<symbol, RequestContext | undefined>)[VERCEL]?.get?.();
  return context?.waitUntil?.bind(context);
}
