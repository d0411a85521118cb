/** Where times and ids of events come from, so that a test can make them predictable; never used for pacing. */

import { monotonicMs, runtime } from "./platform.js";

export interface Clock {
  /** Microseconds since 1970 (UTC), a whole number. */
  wallUs(): number;
  /** Microseconds of a clock that never jumps; only differences mean something. */
  tickUs(): number;
}

export interface Ids {
  /** Return 32 hex digits that were never returned before. */
  newId(): string;
}

// Beyond it the computer's clock was set, or the process was frozen, and the fine clock must follow.
const MAX_DRIFT_MS = 50;

/** The computer's clocks: `Date` for the day, the fine clock for what lies between two of its milliseconds. */
export class SystemClock implements Clock {
  #anchorMs = Date.now() - monotonicMs();

  wallUs(): number {
    const fineMs = this.#anchorMs + monotonicMs();
    const coarseMs = Date.now();
    if (Math.abs(fineMs - coarseMs) <= MAX_DRIFT_MS) return Math.floor(fineMs * 1000);
    this.#anchorMs = coarseMs - monotonicMs();
    return coarseMs * 1000;
  }

  tickUs(): number {
    return monotonicMs() * 1000;
  }
}

const ID_BYTES = 16;
// One call of the random source serves 64 ids: it costs as much as filling them all.
const POOL_BYTES = 64 * ID_BYTES;

const HEX = Array.from({ length: 256 }, (_, byte) => (256 + byte).toString(16).slice(1));

/** Random ids of 128 bits. */
export class RandomIds implements Ids {
  #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  newId(): string {
    if (this.#used >= POOL_BYTES) this.#fill();
    let id = "";
    for (const end = this.#used + ID_BYTES; this.#used < end; this.#used++) {
      id += HEX[this.#pool[this.#used] ?? 0];
    }
    return id;
  }

  #fill(): void {
    this.#used = 0;
    try {
      if (runtime.crypto) {
        runtime.crypto.getRandomValues(this.#pool);
        return;
      }
    } catch {
      // Such as an edge runtime outside a request; nothing secret hangs on these ids.
    }
    this.#pool.forEach((_, index) => {
      this.#pool[index] = Math.floor(Math.random() * 256);
    });
  }
}

/** Return a time in UTC with microseconds; one that no calendar has becomes 1970, which the server refuses. */
export function rfc3339(wallUs: number): string {
  const whole = Math.floor(wallUs);
  const ms = Math.floor(whole / 1000);
  if (!(Math.abs(ms) < 8.64e15)) return "1970-01-01T00:00:00.000000Z";
  const micros = String(whole - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}Z`;
}
