/**
 * What surrounds an event: the span it happens in, and the scope that `context()` set.
 *
 * It follows the host's own flow through promises and callbacks by AsyncLocalStorage. Where a runtime has none, it
 * holds for the synchronous part of a block alone: an event is then without a parent, never below a wrong one.
 */

import type { Scope } from "./scope.js";
import { NO_SCOPE } from "./scope.js";
import type { Span } from "./spans.js";
import { state } from "./state.js";

export interface Flow {
  readonly span: Span | null;
  readonly scope: Scope;
}

export interface FlowStorage {
  getStore(): Flow | undefined;
  run<R>(flow: Flow, work: () => R): R;
}

const NO_FLOW: Flow = Object.freeze({ span: null, scope: NO_SCOPE });

/** Return what surrounds the caller. */
export function currentFlow(): Flow {
  return storage().getStore() ?? NO_FLOW;
}

/** Run `work` inside a span or a scope. */
export function runIn<R>(flow: Flow, work: () => R): R {
  return storage().run(flow, work);
}

/** Make the flow of this process follow asynchronous work; called by the entry for Node. */
export function useStorage(Storage: new () => FlowStorage): void {
  state.storage ??= new Storage();
}

function storage(): FlowStorage {
  state.storage ??= findStorage();
  return state.storage;
}

interface Runtime {
  AsyncLocalStorage?: new () => FlowStorage;
  process?: { getBuiltinModule?: (name: string) => { AsyncLocalStorage?: new () => FlowStorage } | undefined };
}

function findStorage(): FlowStorage {
  const runtime = globalThis as unknown as Runtime;
  try {
    const Found =
      runtime.AsyncLocalStorage ?? runtime.process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
    if (Found) return new Found();
  } catch {
    // A runtime that has the name and refuses to serve it.
  }
  return new SynchronousStorage();
}

/** The storage of runtimes without AsyncLocalStorage. */
export class SynchronousStorage implements FlowStorage {
  #flow: Flow | undefined;

  getStore(): Flow | undefined {
    return this.#flow;
  }

  run<R>(flow: Flow, work: () => R): R {
    const outer = this.#flow;
    this.#flow = flow;
    try {
      return work();
    } finally {
      this.#flow = outer;
    }
  }
}
