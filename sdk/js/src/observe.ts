/**
 * A span around every call of a function, which otherwise stays as it was: name, length, `this`, `new`, properties,
 * results and what it throws.
 */

import { guarded } from "./notices.js";
import { activeClient } from "./process.js";
import { settled } from "./settling.js";
import type { Span } from "./spans.js";
import { plainSpan } from "./spans.js";
import { textOf } from "./values.js";

export interface ObserveOptions {
  /** The name of the span; the function's own where it is left out. */
  name?: string | symbol | undefined;
  /** Whether the arguments are recorded: true. */
  captureInput?: boolean | undefined;
  /** Whether the result is recorded: true. */
  captureOutput?: boolean | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: any function can be observed
type AnyFunction = (...values: any[]) => unknown;

/** Return `work` with a span around each call. It also serves as a decorator of methods. */
export function observe<F extends AnyFunction>(work: F, options: ObserveOptions = {}): F {
  if (typeof work !== "function") return work;
  const hasOutput = guarded("observe", true, () => options?.captureOutput !== false);
  return new Proxy(work, {
    apply(target, owner: unknown, values: unknown[]) {
      const call = () => Reflect.apply(target, owner, values);
      const opened = guarded<Span | null>("observe", null, () => open(target, values, options ?? {}));
      return opened ? settled(opened, call, (output) => (hasOutput ? { output } : {})) : call();
    },
  });
}

function open(work: AnyFunction, values: unknown[], options: ObserveOptions): Span | null {
  const client = activeClient();
  if (!client) return null;
  const name = textOf(options.name ?? work.name) || "anonymous";
  const isAsked = options.captureInput !== false && values.length > 0;
  return plainSpan(client, { name, input: isAsked ? (values.length === 1 ? values[0] : values) : undefined });
}
