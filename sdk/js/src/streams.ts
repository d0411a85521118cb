/** Watches an iterator of the host: every item is passed on at once, and what happens at its end is reported once. */

import { whenAbandoned } from "./abandonment.js";
import { fault } from "./notices.js";

/** Told what passes; each MAY throw without harm to the host. */
export interface Watcher {
  item(value: unknown): void;
  /** The end: `thrown` when it failed, `isWhole` when it was read to its end, `returned` what a generator returned. */
  end(how: { isWhole: boolean; thrown?: { thrown: unknown }; returned?: unknown }): void;
}

type Step = IteratorResult<unknown, unknown>;
type Method = (...values: unknown[]) => Step | Promise<Step>;

/** Return an iterator that behaves as `source` and reports to `watcher`; `run` surrounds each of its steps. */
export function watched<T extends object>(source: T, watcher: Watcher, run = (work: () => unknown) => work()): T {
  const once = onlyOnce(watcher);
  const proxy: T = new Proxy(source, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name === Symbol.iterator || name === Symbol.asyncIterator) {
        return () => {
          const own: unknown = value.call(target);
          return own === target ? proxy : own;
        };
      }
      if (name === "next" || name === "return" || name === "throw") {
        return (...values: unknown[]) => follow(once, name, () => run(() => (value as Method).apply(target, values)));
      }
      return value.bind(target) as unknown;
    },
  });
  whenAbandoned(proxy, abandoned(once));
  return proxy;
}

/** Return what to call when a stream was dropped. A function of its own: a closure keeps all of its scope alive. */
export function abandoned(watcher: Watcher): () => void {
  return () => watcher.end({ isWhole: false });
}

function follow(watcher: Watcher, name: string, step: () => unknown): unknown {
  let result: unknown;
  try {
    result = step();
  } catch (problem) {
    watcher.end({ isWhole: false, thrown: { thrown: problem } });
    throw problem;
  }
  if (!(result instanceof Promise)) {
    seen(watcher, name, result as Step);
    return result;
  }
  return result.then(
    (settled: unknown) => {
      seen(watcher, name, settled as Step);
      return settled;
    },
    (problem: unknown) => {
      watcher.end({ isWhole: false, thrown: { thrown: problem } });
      throw problem;
    },
  );
}

function seen(watcher: Watcher, name: string, step: Step | undefined): void {
  if (step?.done) watcher.end({ isWhole: name !== "return", returned: step.value });
  else if (step) watcher.item(step.value);
  else watcher.end({ isWhole: false });
}

/** Return a watcher that is told of one end, and whose mistakes do not reach the host. */
export function onlyOnce(watcher: Watcher): Watcher {
  let isOver = false;
  return {
    item(value) {
      if (isOver) return;
      try {
        watcher.item(value);
      } catch (problem) {
        fault("stream", problem);
      }
    },
    end(how) {
      if (isOver) return;
      isOver = true;
      try {
        watcher.end(how);
      } catch (problem) {
        fault("stream", problem);
      }
    },
  };
}
