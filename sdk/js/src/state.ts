/**
 * What exists once in a process, however many copies of this package were loaded: the client, and what flows.
 *
 * It hangs on `globalThis`, since a program may load the ES module and the CommonJS build of one version.
 */

import type { Client } from "./client.js";
import type { FlowStorage } from "./flow.js";
import type { Settings } from "./settings.js";
import type { Transport } from "./transport.js";
import { VERSION } from "./version.js";

/** What a runtime can do beyond the portable ways; set by the entry for Node. */
export interface Abilities {
  /** Return how many bytes a text takes in UTF-8. */
  byteLength(text: string): number;
  makeTransport(settings: Settings): Transport;
  /** Send bodies while nothing else runs, at the end of a process; returns how many of them were accepted. */
  sendAtExit(settings: Settings, bodies: readonly string[], timeoutMs: number): number;
}

interface State {
  client: Client | null;
  /** What to say, once, when an event comes while there is no client; "" says nothing. */
  whyAbsent: string;
  storage: FlowStorage | null;
  abilities: Partial<Abilities>;
  hasHooks: boolean;
  /** Whether the host switched it off, so that nothing surrounds an event that will never be. */
  isOff: boolean;
  /** Whether the host's values are being read, which may run its code. */
  isReading: boolean;
  readonly said: Map<string, number>;
  readonly prompts: Map<string, unknown>;
}

export const NOT_STARTED = "init() was not called yet, so nothing is sent";

const KEY = Symbol.for(`watchllm@${VERSION}`);
const holder = globalThis as unknown as Record<symbol, State | undefined>;

function makeState(): State {
  return {
    client: null,
    whyAbsent: NOT_STARTED,
    storage: null,
    abilities: {},
    hasHooks: false,
    isOff: false,
    isReading: false,
    said: new Map(),
    prompts: new Map(),
  };
}

holder[KEY] ??= makeState();
export const state: State = holder[KEY];

/**
 * Run `work`, which reads values of the host: its getters, its `toJSON`, its hook. What these send themselves is not
 * recorded, since reading that would run them again.
 */
export function reading<T>(work: () => T): T {
  const before = state.isReading;
  state.isReading = true;
  try {
    return work();
  } finally {
    state.isReading = before;
  }
}
