/**
 * The bounded queue between the host and the delivery, and the counts of what became of every event.
 *
 * At most 10,000 events and 64 MiB, those on their way included; when full, the newest is dropped and counted.
 * Every event that was accepted is settled exactly once: sent, or dropped for a reason.
 */

import type { Entry } from "./entry.js";

export const MAX_EVENTS = 10_000;
export const MAX_BYTES = 64 * 1024 * 1024;
/** Longer than a deployment or a fail-over, short enough that what arrives still means something. */
export const MAX_AGE_MS = 600_000;

/** What `stats()` returns. */
export interface Stats {
  /** Events that are neither sent nor dropped yet. */
  queued: number;
  sent: number;
  /** By reason. */
  dropped: Record<string, number>;
}

export class Outbox {
  readonly #nowMs: () => number;
  #entries: Entry[] = [];
  #bytes = 0;
  readonly #onItsWay = new Set<Entry>();
  accepted = 0;
  settled = 0;
  sent = 0;
  readonly dropped = new Map<string, number>();
  isClosed = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How many entries wait to be taken. */
  get waiting(): number {
    return this.#entries.length;
  }

  /** When the oldest waiting entry came. */
  get oldestMs(): number {
    return this.#entries[0]?.queuedAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Return whether an event may come; if not, count it as dropped. Asked before its values are copied. */
  hasRoom(size = 0): boolean {
    if (this.isClosed) this.drop("shutdown");
    else if (this.accepted - this.settled >= MAX_EVENTS || this.#bytes + size > MAX_BYTES) this.drop("queue_full");
    else return true;
    return false;
  }

  /** Accept an entry, or drop and count it; returns whether it was accepted. */
  put(entry: Entry): boolean {
    if (!this.hasRoom(entry.size)) return false;
    entry.queuedAtMs = this.#nowMs();
    this.#entries.push(entry);
    this.#bytes += entry.size;
    this.accepted += 1;
    return true;
  }

  /** Count events that are not, or no longer, in the queue. */
  drop(reason: string, count = 1): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count);
  }

  /** Take the oldest entries; each MUST be settled or put back. */
  take(limit: number): Entry[] {
    const taken = this.#entries.splice(0, limit);
    for (const entry of taken) this.#onItsWay.add(entry);
    return taken;
  }

  /** Return unsent entries to the front in their order; those past their age are dropped. Returns how many. */
  putBack(entries: readonly Entry[], expiredAs: string): number {
    const unsettled = entries.filter((entry) => !entry.isSettled);
    for (const entry of unsettled) this.#onItsWay.delete(entry);
    if (this.isClosed) return 0;
    const oldest = this.#nowMs() - MAX_AGE_MS;
    const expired = unsettled.filter((entry) => entry.queuedAtMs <= oldest);
    this.#entries = [...unsettled.filter((entry) => entry.queuedAtMs > oldest), ...this.#entries];
    this.settle(expired, expiredAs);
    return expired.length;
  }

  /** Count entries that are done with: sent, or dropped for a reason. */
  settle(entries: readonly Entry[], droppedAs = ""): void {
    let count = 0;
    for (const entry of entries) {
      this.#onItsWay.delete(entry);
      if (this.isClosed || entry.isSettled) continue;
      entry.isSettled = true;
      this.#bytes -= entry.size;
      count += 1;
    }
    this.settled += count;
    if (count === 0) return;
    if (droppedAs) this.drop(droppedAs, count);
    else this.sent += count;
  }

  /** Take everything that is not settled, also what is on its way: for the end of a process. */
  takeAll(): Entry[] {
    const all = [...this.#onItsWay, ...this.#entries].filter((entry) => !entry.isSettled);
    this.#entries = [];
    return all;
  }

  /** Accept nothing more and count what is left as dropped by shutdown; returns how many that were. */
  close(): number {
    if (this.isClosed) return 0;
    const left = this.accepted - this.settled;
    if (left) this.drop("shutdown", left);
    this.settled = this.accepted;
    this.isClosed = true;
    this.#entries = [];
    this.#onItsWay.clear();
    this.#bytes = 0;
    return left;
  }

  counts(): Stats {
    return {
      queued: this.accepted - this.settled,
      sent: this.sent,
      dropped: Object.fromEntries(this.dropped),
    };
  }
}
