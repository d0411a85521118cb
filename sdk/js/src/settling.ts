/** Ends a span with the work inside it, whatever form its result has: value, promise, thenable, or iterator. */

import { fault } from "./notices.js";
import type { Span } from "./spans.js";
import { watched } from "./streams.js";

// A stream's first items say what it was; an endless one must not fill the memory.
const MAX_ITEMS = 1000;

type Finish = (value: unknown) => void;

/** Run `work` inside the span and end it when the work is over; returns or throws what the work does. */
export function settled<R>(span: Span, work: () => R, record: (value: unknown) => object): R {
  let result: R;
  try {
    result = span.run(work);
  } catch (problem) {
    span.end({ thrown: problem });
    throw problem;
  }
  const finish: Finish = (value) => {
    try {
      if (value !== undefined) span.set(record(value));
    } catch (problem) {
      fault("result", problem);
    }
    span.end();
  };
  try {
    return followed(span, result, finish) as R;
  } catch (problem) {
    // Such as a result whose properties throw: it is the host's all the same.
    fault("result", problem);
    span.end();
    return result;
  }
}

function followed(span: Span, result: unknown, finish: Finish): unknown {
  if (typeof result === "object" && result !== null) {
    if (result instanceof Promise && result.constructor === Promise) return followPromise(span, result, finish);
    if (typeof (result as { then?: unknown }).then === "function") {
      followThenable(span, result as Record<string, unknown>, finish);
      return result;
    }
    if (isIterator(result)) return followIterator(span, result, finish);
  }
  finish(result);
  return result;
}

function followPromise(span: Span, promise: Promise<unknown>, finish: Finish): Promise<unknown> {
  // The host gets the derived promise: were it only watched, a rejection that nobody handles would go unnoticed.
  return promise.then(
    (value) => {
      finish(value);
      return value;
    },
    (problem) => {
      span.end({ thrown: problem });
      throw problem;
    },
  );
}

type Listener = ((value: unknown) => unknown) | null | undefined;

/** Watch a promise of a class of its own, which may begin its work when it is first awaited and knows more than `then`. */
function followThenable(span: Span, thenable: Record<string, unknown>, finish: Finish): void {
  const then = thenable.then as (done: Listener, failed: Listener) => unknown;
  const tapped = (done: Listener, failed: Listener): unknown =>
    then.call(
      thenable,
      (value: unknown) => {
        finish(value);
        return typeof done === "function" ? done(value) : value;
      },
      (problem: unknown) => {
        span.end({ thrown: problem });
        if (typeof failed === "function") return failed(problem);
        throw problem;
      },
    );
  // biome-ignore lint/suspicious/noThenProperty: it has one, and this is the same with an ear to it
  Object.defineProperty(thenable, "then", { value: tapped, configurable: true, writable: true });
}

function isIterator(value: object): boolean {
  const has = (name: string | symbol) => typeof (value as Record<string | symbol, unknown>)[name] === "function";
  // An array's own iterator and a stream that is not an iterator itself are the host's to begin.
  return has("next") && (has(Symbol.iterator) || has(Symbol.asyncIterator));
}

function followIterator(span: Span, iterator: object, finish: Finish): object {
  const items: unknown[] = [];
  let count = 0;
  const watcher = {
    item(value: unknown) {
      count += 1;
      if (count <= MAX_ITEMS) items.push(value);
    },
    end(how: { isWhole: boolean; thrown?: { thrown: unknown }; returned?: unknown }) {
      if (count > 0) span.set({ itemCount: count });
      if (!how.isWhole && !how.thrown) span.set({ incomplete: true });
      if (how.thrown) span.end(how.thrown);
      else finish(how.returned ?? (count > 0 ? items : undefined));
    },
  };
  return watched(iterator, watcher, (work) => span.run(work));
}
