/** What the runtime gives, taken once at load: a host that patches timers or `fetch` later does not patch ours. */

export interface Timer {
  ref?(): unknown;
  unref?(): unknown;
}

interface Answering {
  readonly status: number;
  readonly type?: string;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
  text(): Promise<string>;
}

/** The part of `fetch` that is used here. */
export type Fetch = (url: string, init: Record<string, unknown>) => Promise<Answering>;

interface Process {
  readonly env?: Record<string, string | undefined>;
  on?(event: string, listener: (code: number) => void): unknown;
}

interface Global {
  readonly process?: Process;
  readonly fetch?: Fetch;
  readonly performance?: { now(): number };
  readonly crypto?: { getRandomValues<T>(array: T): T };
  readonly setTimeout?: (callback: () => void, ms: number) => Timer;
  readonly clearTimeout?: (timer: Timer) => void;
  readonly CompressionStream?: new (format: string) => TransformStream<Uint8Array, Uint8Array>;
  readonly addEventListener?: (event: string, listener: () => void) => void;
  readonly document?: { readonly visibilityState?: string; addEventListener(e: string, l: () => void): void };
}

export const runtime = globalThis as unknown as Global;

const startTimer = runtime.setTimeout?.bind(globalThis);
const stopTimer = runtime.clearTimeout?.bind(globalThis);
const originalFetch = runtime.fetch;
const performanceNow = runtime.performance?.now.bind(runtime.performance) ?? Date.now;

/** Return the `fetch` of the time when this package was loaded, or the present one where there was none yet. */
export function platformFetch(): Fetch | undefined {
  return (originalFetch ?? runtime.fetch)?.bind(globalThis);
}

/** Start a timer that does not keep the process alive; undefined where the runtime has no timers. */
export function later(callback: () => void, ms: number): Timer | undefined {
  try {
    const timer = startTimer?.(callback, ms);
    timer?.unref?.();
    return timer;
  } catch {
    // Some edge runtimes refuse timers outside a request.
    return undefined;
  }
}

/** Stop a timer. */
export function cancel(timer: Timer | undefined): void {
  if (timer !== undefined) stopTimer?.(timer);
}

/** Wait for `ms`, keeping the process alive for it. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = later(resolve, ms);
    if (timer === undefined) resolve();
    timer?.ref?.();
  });
}

/** Milliseconds of a clock that never jumps. */
export function monotonicMs(): number {
  return performanceNow();
}
