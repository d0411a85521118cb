/**
 * Measures the calls of a provider's client, in place: the client stays what it is, and its results are the very
 * objects that it would have returned.
 */

import { whenAbandoned } from "./abandonment.js";
import type { Collector } from "./collectors.js";
import { fault, guarded } from "./notices.js";
import { activeClient } from "./process.js";
import { ModelCall } from "./spans.js";
import type { Watcher } from "./streams.js";
import { abandoned, onlyOnce, watched } from "./streams.js";
import { isObject } from "./values.js";

/** One method of a client that calls a model. */
export interface ModelMethod {
  /** Where the object that has the method `create` hangs on the client, such as `["chat", "completions"]`. */
  readonly path: readonly string[];
  readonly provider: string;
  /** The fields of the event, from what the method is given. */
  asked(parameters: Record<string, unknown>): object;
  /** Why the model stopped, from a whole answer. */
  finishReason(answer: Record<string, unknown>): unknown;
  collector(): Collector;
}

type Create = (...values: unknown[]) => unknown;
type Holder = Record<string, unknown>;

const wrapped = new WeakSet<object>();

/** Measure `methods` of a client and of those that it makes of itself; what it does not have is left out. */
export function wrapClient<C extends object>(client: C, methods: readonly ModelMethod[]): C {
  return guarded("wrap", client, () => {
    if (!isObject(client) || wrapped.has(client)) return client;
    wrapped.add(client);
    for (const method of methods) {
      const holder = reach(client, method.path);
      if (holder && typeof holder.create === "function" && !wrapped.has(holder)) {
        wrapped.add(holder);
        replace(holder, "create", measuredCreate(holder, holder.create as Create, method));
      }
    }
    const { withOptions } = client as Holder;
    if (typeof withOptions === "function") {
      const derive = (...values: unknown[]) => wrapClient(withOptions.apply(client, values) as object, methods);
      replace(client, "withOptions", derive);
    }
    return client;
  });
}

function reach(client: object, path: readonly string[]): Holder | undefined {
  let found: unknown = client;
  for (const name of path) found = (found as Holder | undefined)?.[name];
  return typeof found === "object" && found !== null ? (found as Holder) : undefined;
}

function replace(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, configurable: true, writable: true, enumerable: false });
}

function measuredCreate(holder: Holder, create: Create, method: ModelMethod): Create {
  return (...values) => {
    const call = guarded<ModelCall | null>("wrap", null, () => open(method, values[0]));
    if (!call) return create.apply(holder, values);
    let result: unknown;
    try {
      result = create.apply(holder, values);
    } catch (problem) {
      call.end({ thrown: problem });
      throw problem;
    }
    return guarded("wrap", result, () => follow(call, result, method));
  };
}

function open(method: ModelMethod, given: unknown): ModelCall | null {
  const client = activeClient();
  if (!client) return null;
  const parameters = isObject(given) ? given : {};
  const provider = method.provider;
  return new ModelCall(client, { model: parameters.model ?? "unknown", provider, ...method.asked(parameters) });
}

interface ApiPromise {
  responsePromise: Promise<unknown>;
  parseResponse: (...values: unknown[]) => unknown;
  asResponse?: () => Promise<unknown>;
}

function follow(call: ModelCall, result: unknown, method: ModelMethod): unknown {
  if (isApiPromise(result)) {
    tap(call, result, method);
    return result;
  }
  if (!(result instanceof Promise)) {
    answered(call, result, method);
    return result;
  }
  return result.then(
    (answer: unknown) => {
      answered(call, answer, method);
      return answer;
    },
    (problem: unknown) => {
      call.end({ thrown: problem });
      throw problem;
    },
  );
}

function isApiPromise(result: unknown): result is ApiPromise {
  const found = result as Partial<ApiPromise> | null | undefined;
  return found?.responsePromise instanceof Promise && typeof found.parseResponse === "function";
}

/**
 * Follow the promise of a request, which parses its answer when it is first asked for it, and may be asked for the
 * bare response instead: every way to the answer leads through `parseResponse`, and every failure through
 * `responsePromise`. Both clients have had these two since their version 4 and 0.20.
 */
function tap(call: ModelCall, promise: ApiPromise, method: ModelMethod): void {
  const { responsePromise, parseResponse, asResponse } = promise;
  let isParsed = false;
  const failed = (problem: unknown) => {
    call.end({ thrown: problem });
    throw problem;
  };
  promise.responsePromise = responsePromise.then((response) => response, failed);
  promise.parseResponse = async (...values) => {
    isParsed = true;
    let answer: unknown;
    try {
      answer = await parseResponse.apply(promise, values);
    } catch (problem) {
      return failed(problem);
    }
    answered(call, answer, method);
    return answer;
  };
  if (typeof asResponse !== "function") return;
  promise.asResponse = async () => {
    const response = await asResponse.call(promise);
    // The host reads the answer itself. `withResponse` asks for both, for the answer first.
    if (!isParsed) call.set({ unread: true }).end();
    return response;
  };
}

function answered(call: ModelCall, answer: unknown, method: ModelMethod): void {
  try {
    if (isStream(answer)) {
      followStream(call, answer, method);
      return;
    }
    record(call, answer, method);
  } catch (problem) {
    // Such as an answer whose getters throw: it is the host's all the same.
    fault("wrap", problem);
  }
  call.end();
}

function record(call: ModelCall, answer: unknown, method: ModelMethod): void {
  call.set({ response: answer });
  if (!isObject(answer)) return;
  call.set({ finishReason: method.finishReason(answer) });
  if (typeof answer.model === "string") call.set({ model: answer.model });
}

interface StreamOfChunks {
  iterator?: unknown;
  [Symbol.asyncIterator](): object;
}

function isStream(answer: unknown): answer is StreamOfChunks {
  const found = answer as Partial<StreamOfChunks> | null | undefined;
  return typeof found === "object" && typeof found?.[Symbol.asyncIterator] === "function";
}

function followStream(call: ModelCall, stream: StreamOfChunks, method: ModelMethod): void {
  const state = { isBegun: false };
  const watcher = watcherOf(call, method);
  // Every way of reading a stream of these clients, `tee` among them, begins with its `iterator`.
  const name = typeof stream.iterator === "function" ? "iterator" : Symbol.asyncIterator;
  const begin = (stream as unknown as Record<string | symbol, () => object>)[name];
  const watchedBegin = (): object => {
    state.isBegun = true;
    return watched((begin as () => object).call(stream), watcher);
  };
  Object.defineProperty(stream, name, { value: watchedBegin, configurable: true, writable: true, enumerable: false });
  whenAbandoned(stream, unlessBegun(state, abandoned(watcher)));
}

/** A stream that is being read may be collected before its iterator, which then reports the end itself. */
function unlessBegun(state: { isBegun: boolean }, finish: () => void): () => void {
  return () => {
    if (!state.isBegun) finish();
  };
}

function watcherOf(call: ModelCall, method: ModelMethod): Watcher {
  const collector = method.collector();
  let isFirst = true;
  return onlyOnce({
    item(chunk) {
      if (isFirst) call.set({ timeToFirstTokenMs: Math.round(call.elapsedMs() * 1000) / 1000 });
      isFirst = false;
      collector.add(chunk);
    },
    end(how) {
      try {
        const answer = collector.answer();
        if (answer) record(call, answer, method);
        if (!how.thrown && !(how.isWhole && collector.isComplete)) call.set({ incomplete: true });
      } finally {
        call.end(how.thrown);
      }
    },
  });
}
