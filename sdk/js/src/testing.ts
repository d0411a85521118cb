/**
 * An SDK without a network, for tests of your application and of this package: what is sent stays in memory.
 *
 *     const recorded = recording();
 *     await runAgent();
 *     assert.equal((await recorded.bodies("tool_call")).length, 1);
 *     await recorded.stop();
 *
 * Everything but the transport, the clock and the ids is the real thing. It never opens a connection.
 */

import { Client } from "./client.js";
import type { Clock, Ids } from "./clock.js";
import { swapClient } from "./process.js";
import type { InitOptions } from "./settings.js";
import { readSettings } from "./settings.js";
import { state } from "./state.js";
import type { Answer, Transport } from "./transport.js";

export type { Answer, Clock, Ids, Transport };

/** One event as the server reads it. */
export interface SentEvent {
  eventId: string;
  type: string;
  timestamp: string;
  traceId?: string;
  parentEventId?: string;
  sessionId?: string;
  userId?: string;
  environment?: string;
  release?: string;
  tags?: string[];
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every type
  body: Record<string, any>;
  [field: string]: unknown;
}

// 2026-01-01T00:00:00Z
const START_US = 1_767_225_600_000_000;

/** A clock that moves by one millisecond at every look, and otherwise only by `advance`. */
export class FixedClock implements Clock {
  #passedUs = 0;

  wallUs(): number {
    return START_US + this.#passedUs;
  }

  tickUs(): number {
    this.#passedUs += 1000;
    return this.#passedUs;
  }

  /** Let time pass. */
  advance(ms: number): void {
    this.#passedUs += Math.round(ms * 1000);
  }
}

/** Ids that count: 000…001, 000…002. */
export class FixedIds implements Ids {
  #last = 0;

  newId(): string {
    this.#last += 1;
    return this.#last.toString(16).padStart(32, "0");
  }
}

export interface SentRequest {
  events: SentEvent[];
  headers: Record<string, string>;
}

/** Keeps what is sent; answers 202, or what `answers` holds next (an Error there is thrown). */
export class MemoryTransport implements Transport {
  readonly requests: SentRequest[] = [];
  readonly accepted: SentEvent[] = [];
  readonly answers: (Answer | Error)[] = [];
  isClosed = false;

  async send(body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const events = JSON.parse(body) as SentEvent[];
    this.requests.push({ events, headers: { ...headers } });
    const answer = this.answers.shift() ?? { status: 202 };
    if (answer instanceof Error) throw answer;
    if (answer.status >= 200 && answer.status < 300) this.accepted.push(...events);
    return answer;
  }

  abort(): void {
    // Every answer is there at once.
  }

  close(): void {
    this.isClosed = true;
  }
}

/** What a `recording()` has seen, and the levers to its surroundings. */
export class Recording {
  readonly transport = new MemoryTransport();
  readonly clock = new FixedClock();
  readonly #client: Client;
  readonly #before: Client | null;

  constructor(options: InitOptions) {
    // An empty environment: what is set on a developer's machine must not reach a test.
    const settings = readSettings({ apiKey: "wl_test", ...options }, {});
    this.#client = new Client(settings, () => this.transport, this.clock, new FixedIds());
    this.#before = swapClient(this.#client);
    state.said.clear();
    state.prompts.clear();
  }

  /** The accepted events as the server would read them, in the order in which they were sent. */
  async events(): Promise<SentEvent[]> {
    await this.#client.flush(5000);
    return [...this.transport.accepted];
  }

  /** Return the bodies of the accepted events of one type. */
  async bodies(type: string): Promise<SentEvent["body"][]> {
    return (await this.events()).filter((event) => event.type === type).map((event) => event.body);
  }

  /** End the recording; afterwards all is as before. */
  async stop(): Promise<void> {
    if (state.client === this.#client) swapClient(this.#before);
    await this.#client.close(5000);
  }
}

/** Send everything from now on to memory, with predictable ids and times, until `stop()`. */
export function recording(options: InitOptions = {}): Recording {
  return new Recording(options);
}
