/**
 * Sends entries until each is settled or put back: retries, splits, and takes the server's word for the rest.
 *
 * Ids are fixed before the first try, so that a batch whose answer was lost is deduplicated by the server. What
 * the server accepted is never sent again on purpose; what it can never accept is dropped and counted.
 */

import { encode } from "./encoding.js";
import type { Entry } from "./entry.js";
import { complain, warn } from "./notices.js";
import type { Outbox } from "./outbox.js";
import type { Pacing } from "./pacing.js";
import { backoffMs, readRetryAfter } from "./pacing.js";
import { monotonicMs, pause } from "./platform.js";
import type { Settings } from "./settings.js";
import type { Answer, Transport } from "./transport.js";
import { emptyObject } from "./values.js";

// What may be better a moment later; 0 stands for no answer at all.
const TRANSIENT = new Set([0, 408, 429, 502, 503, 504]);
// The server's limit for one event.
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
// Bodies above this are split before they are sent: proxies in between often refuse them without a word.
const MAX_BATCH_BYTES = 5 * 1024 * 1024;
// How long JSON is written before the host's work goes on: less than any request of it notices.
const SLICE_MS = 1;
const encoder = new TextEncoder();

/** Delivers what was taken from the outbox; one batch at a time. */
export class Delivery {
  #reported = new Map<string, number>();

  constructor(
    private readonly outbox: Outbox,
    private readonly transport: Transport,
    private readonly settings: Settings,
    private readonly pacing: Pacing,
    private readonly wait: (ms: number) => Promise<void>,
  ) {}

  /** Send the entries; afterwards each of them is settled or back in the outbox, in its order. */
  async deliver(entries: readonly Entry[]): Promise<void> {
    const batches = await this.#batches(entries);
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const answer = await this.#send(batch);
      const next = this.#settle(batch, answer);
      if (next) batches.unshift(...next);
      else return this.#putBack([batch, ...batches].flat(), answer);
    }
  }

  #putBack(left: readonly Entry[], answer: Answer): void {
    const isRefused = answer.status === 401 || answer.status === 403;
    const expired = this.outbox.putBack(left, isRefused ? "auth" : "expired");
    if (expired) warn("expired", `${expired} events were dropped: they could not be sent for 10 minutes`);
  }

  /** Write the entries as JSON and group them by size; those that cannot be sent at all are settled. */
  async #batches(entries: readonly Entry[]): Promise<Entry[][]> {
    const batches: Entry[][] = [];
    let size = Number.POSITIVE_INFINITY;
    let beganMs = monotonicMs();
    for (const entry of entries) {
      if (!this.#encode(entry)) continue;
      if (size + entry.encodedBytes > MAX_BATCH_BYTES) {
        batches.push([]);
        size = 0;
      }
      batches[batches.length - 1]?.push(entry);
      size += entry.encodedBytes + 1;
      if (monotonicMs() - beganMs > SLICE_MS) {
        await pause(0);
        beganMs = monotonicMs();
      }
    }
    return batches;
  }

  #encode(entry: Entry): boolean {
    if (entry.encoded) return true;
    try {
      entry.encoded = encode(entry, this.settings);
    } catch {
      this.#drop([entry], "unserialisable", "an event could not be written as JSON");
      return false;
    }
    entry.body = emptyObject();
    const { length } = entry.encoded;
    entry.encodedBytes = length * 3 <= MAX_EVENT_BYTES ? length : encoder.encode(entry.encoded).length;
    if (entry.encodedBytes <= MAX_EVENT_BYTES) return true;
    this.#drop([entry], "too_large", "an event was dropped: it is larger than 4 MiB");
    return false;
  }

  async #send(batch: readonly Entry[]): Promise<Answer> {
    const body = `[${batch.map((entry) => entry.encoded).join(",")}]`;
    const counts = new Map(this.outbox.dropped);
    // What the server refuses it has counted itself.
    counts.delete("rejected");
    const news = [...counts].map(([reason, n]) => [reason, n - (this.#reported.get(reason) ?? 0)] as const);
    const dropped = Object.fromEntries(news.filter(([, n]) => n > 0));
    const headers: Record<string, string> = Object.keys(dropped).length
      ? { "x-watchllm-dropped": JSON.stringify(dropped) }
      : {};
    const answer = await this.#tryUntilAnswered(body, headers);
    if (answer.status >= 200 && answer.status < 300) this.#reported = counts;
    return answer;
  }

  async #tryUntilAnswered(body: string, headers: Record<string, string>): Promise<Answer> {
    let answer = await this.#tryOnce(body, headers);
    for (let retry = 0; TRANSIENT.has(answer.status) && retry < this.settings.maxRetries; retry++) {
      if (this.outbox.isClosed || this.pacing.isOpen) break;
      const askedMs = asked(answer);
      const waitMs = askedMs ?? backoffMs(retry);
      this.pacing.hold(waitMs, askedMs !== undefined);
      await this.wait(waitMs);
      if (this.outbox.isClosed) break;
      answer = await this.#tryOnce(body, headers);
    }
    return answer;
  }

  async #tryOnce(body: string, headers: Record<string, string>): Promise<Answer> {
    let answer: Answer = { status: 0 };
    try {
      answer = await this.transport.send(body, headers);
    } catch {
      if (!this.outbox.isClosed) warn("unreachable", "the server cannot be reached; events are kept");
    }
    if (TRANSIENT.has(answer.status)) this.pacing.failures += 1;
    return answer;
  }

  /** Act on the answer; returns what to send next, or undefined when the batch must wait. */
  #settle(batch: readonly Entry[], answer: Answer): Entry[][] | undefined {
    const { status } = answer;
    if (TRANSIENT.has(status)) {
      this.pacing.gaveUp(asked(answer));
      if (status) warn("busy", `the server answers ${status}; events are kept`);
      return undefined;
    }
    if (status === 401 || status === 403) {
      this.pacing.refused();
      complain("auth", `the server refuses the API key (${status}); trying again every 5 minutes`);
      return undefined;
    }
    this.pacing.succeeded();
    if (status >= 200 && status < 300) this.outbox.settle(batch);
    else if (status === 413) return this.#split(batch);
    else if (status === 422) return this.#dropNamed(batch, answer);
    else this.#dropAll(batch, status);
    return [];
  }

  #split(batch: readonly Entry[]): Entry[][] {
    if (batch.length === 1) {
      this.#drop(batch, "too_large", "an event was dropped: the server finds it too large (413)");
      return [];
    }
    const middle = Math.floor(batch.length / 2);
    return [batch.slice(0, middle), batch.slice(middle)];
  }

  #dropNamed(batch: readonly Entry[], answer: Answer): Entry[][] {
    const refused = named(batch, answer.body ?? "");
    if (refused.length === 0) {
      this.#dropAll(batch, answer.status);
      return [];
    }
    this.#drop(refused, "rejected", `the server refused ${refused.length} events as invalid (422)`);
    const rest = batch.filter((entry) => !entry.isSettled);
    return rest.length ? [rest] : [];
  }

  #dropAll(batch: readonly Entry[], status: number): void {
    const reason = status >= 500 ? "server_error" : "rejected";
    this.#drop(batch, reason, `the server answered ${status}; ${batch.length} events were dropped`);
  }

  #drop(entries: readonly Entry[], reason: string, text: string): void {
    this.outbox.settle(entries, reason);
    warn(`dropped:${reason}`, text);
  }
}

function asked(answer: Answer): number | undefined {
  return readRetryAfter(answer.retryAfter ?? "", Date.now());
}

/** Return the entries that a 422 names by their index, [] when it names none that can be read. */
function named(batch: readonly Entry[], body: string): Entry[] {
  try {
    const { error } = JSON.parse(body) as { error: { errors: { index: number }[] } };
    const indexes = new Set(error.errors.map((one) => one.index));
    return batch.filter((_, index) => indexes.has(index));
  } catch {
    return [];
  }
}
