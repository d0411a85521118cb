/** Tells the host's console about problems: one line per minute and problem; never a payload, a key or a message. */

import { monotonicMs } from "./platform.js";
import { state } from "./state.js";

// A host that pays for its logs must not pay for our bad day; a person still sees that it goes on.
const QUIET_MS = 60_000;

/** Write `text` as a warning unless `problem` was said within the last minute. */
export function warn(problem: string, text: string): void {
  say(problem, text, false);
}

/** Write `text` as an error unless `problem` was said within the last minute. */
export function complain(problem: string, text: string): void {
  say(problem, text, true);
}

/** Report an exception that was caught in our own code: by its name alone, since its message may hold a payload. */
export function fault(place: string, problem: unknown): void {
  const name = problem instanceof Error ? problem.constructor.name : typeof problem;
  warn(`fault:${place}:${name}`, `${place} was ignored (${name})`);
}

/** Return what `work` returns, or `fallback` where it throws. */
export function guarded<T>(place: string, fallback: T, work: () => T): T {
  try {
    return work();
  } catch (problem) {
    fault(place, problem);
    return fallback;
  }
}

function say(problem: string, text: string, isError: boolean): void {
  try {
    const now = monotonicMs();
    const last = state.said.get(problem);
    if (last !== undefined && now - last < QUIET_MS) return;
    state.said.set(problem, now);
    // Both write to stderr in Node.
    if (isError) console.error(`watchllm: ${text}`);
    else console.warn(`watchllm: ${text}`);
  } catch {
    // A broken console of the host is not a reason to break the host.
  }
}
