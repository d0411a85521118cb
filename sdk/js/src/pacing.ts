/** Decides when the delivery may try again after failures; never waits itself. */

/** Each probe of a server that stays away costs the host a connection; five failures say that it stays away. */
export const CIRCUIT_FAILURES = 5;
const PROBE_INTERVAL_MS = 30_000;
// A refused key is mended by a person, not by trying again.
const REFUSED_PAUSE_MS = 300_000;
// No server may silence us for longer.
const MAX_RETRY_AFTER_MS = 600_000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;
// At the end of a process there is little time, and still no reason to try without a breath.
const LAST_TRIES_MS = 200;

export class Pacing {
  readonly #nowMs: () => number;
  failures = 0;
  #resumeAtMs = 0;
  #resumeAtTheEndMs = 0;
  // Whether the wait was ordered by the server, and so holds for the last flush before the end, in full.
  #isOrdered = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether the circuit is open: one probe at a time, without retries. */
  get isOpen(): boolean {
    return this.failures >= CIRCUIT_FAILURES;
  }

  /** Forget all failures. */
  succeeded(): void {
    this.failures = 0;
    this.#resumeAtMs = this.#resumeAtTheEndMs = 0;
    this.#isOrdered = false;
  }

  /** Note that a batch failed after its retries; `askedMs` is what Retry-After said. */
  gaveUp(askedMs: number | undefined): void {
    // Spread over half the interval, so that a thousand processes do not return in one second.
    const ownMs = this.isOpen ? PROBE_INTERVAL_MS * (0.75 + Math.random() / 2) : FIRST_BACKOFF_MS;
    this.hold(askedMs ?? ownMs, askedMs !== undefined);
  }

  /** Note that the server does not take our key. */
  refused(): void {
    this.hold(REFUSED_PAUSE_MS, true);
  }

  /** Note a pause, so that a flush can see it. */
  hold(ms: number, isOrdered: boolean): void {
    this.#resumeAtMs = this.#nowMs() + ms;
    this.#resumeAtTheEndMs = isOrdered ? this.#resumeAtMs : this.#nowMs() + Math.min(ms, LAST_TRIES_MS);
    this.#isOrdered = isOrdered;
  }

  /** Return the milliseconds until something may be sent; at the end, a wait of our own making is a short one. */
  waitMs(atTheEnd: boolean): number {
    return Math.max(0, (atTheEnd ? this.#resumeAtTheEndMs : this.#resumeAtMs) - this.#nowMs());
  }

  /** Whether the server itself ordered the pause that holds now. */
  get isOrderedAway(): boolean {
    return this.#isOrdered && this.waitMs(false) > 0;
  }
}

/** Return the wait before a retry: up to 1, 2, 4 s and so on, with full jitter. */
export function backoffMs(retry: number): number {
  return Math.random() * Math.min(FIRST_BACKOFF_MS * 2 ** retry, MAX_BACKOFF_MS);
}

/** Return the milliseconds that a Retry-After header asks for, undefined if it says nothing. */
export function readRetryAfter(header: string, wallMs: number): number | undefined {
  const text = header.trim();
  if (/^[0-9]+$/.test(text)) return Math.min(Number(text.slice(0, 9)) * 1000, MAX_RETRY_AFTER_MS);
  // Only what looks like an HTTP date: `Date.parse` also takes numbers and local forms.
  if (!/^[A-Z][a-z]{2,8}, .+ GMT$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(0, atMs - wallMs), MAX_RETRY_AFTER_MS);
}
