/** Carries one batch to the configured host; follows no redirect, and is not traced by tools that trace requests. */

import { cancel, later, platformFetch, runtime } from "./platform.js";
import type { Settings } from "./settings.js";
import { VERSION } from "./version.js";

export const BATCH_PATH = "/api/v1/events/batch";
// An answer names at most 100 events; more than this is not an answer of ours.
export const MAX_ANSWER_BYTES = 1024 * 1024;
// Below one packet, compressing costs more than it saves.
export const MIN_GZIP_BYTES = 1024;

/** What the server said; status 0 means that no answer came. */
export interface Answer {
  readonly status: number;
  readonly retryAfter?: string;
  readonly body?: string;
}

/** Carries batches, one at a time. */
export interface Transport {
  /** POST a batch and return the answer whatever its status. MAY reject with anything when none came. */
  send(body: string, headers: Readonly<Record<string, string>>): Promise<Answer>;
  /** Give up the request on its way, if any. */
  abort(): void;
  /** Say whether a request on its way keeps the process alive; a transport MAY be unable to. */
  hold?(isHeld: boolean): void;
  /** Give the connection back. */
  close(): void;
}

/** The headers of every request; the only place beside the settings that holds the key. */
export function fixedHeaders(settings: Settings): Record<string, string> {
  return {
    authorization: `Bearer ${settings.apiKey}`,
    "content-type": "application/json",
    "user-agent": `watchllm-js/${VERSION}`,
  };
}

/** Sends with `fetch`: for edge runtimes and browsers. */
export class FetchTransport implements Transport {
  readonly #settings: Settings;
  #aborting: AbortController | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async send(body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const fetch = platformFetch();
    if (!fetch) throw new TypeError("this runtime has no fetch");
    const [packed, encoding] = await pack(body);
    const aborting = new AbortController();
    this.#aborting = aborting;
    const timer = later(() => aborting.abort(), this.#settings.requestTimeoutMs);
    try {
      const response = await untraced(() =>
        fetch(this.#settings.baseUrl + BATCH_PATH, {
          method: "POST",
          body: packed,
          headers: { ...fixedHeaders(this.#settings), ...headers, ...encoding },
          redirect: "manual",
          credentials: "omit",
          signal: aborting.signal,
        }),
      );
      const status = response.type === "opaqueredirect" ? 302 : response.status;
      const retryAfter = response.headers.get("retry-after") ?? "";
      return { status, retryAfter, body: await readText(response.body) };
    } finally {
      cancel(timer);
    }
  }

  abort(): void {
    this.#aborting?.abort();
  }

  close(): void {
    this.abort();
  }
}

/** POST a batch without waiting for an answer, while a page goes away; the runtime allows about 64 KiB. */
export function sendWhileLeaving(settings: Settings, body: string): void {
  const init = { method: "POST", body, headers: fixedHeaders(settings), keepalive: true, redirect: "manual" };
  platformFetch()?.(settings.baseUrl + BATCH_PATH, { ...init, credentials: "omit" }).then(undefined, () => undefined);
}

interface TracingContext {
  setValue(key: symbol, value: unknown): TracingContext;
}

interface TracingApi {
  readonly context?: {
    active(): TracingContext;
    with<R>(context: TracingContext, work: () => R): R;
  };
}

const TRACING_API = Symbol.for("opentelemetry.js.api.1");
const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/** Run `work` with OpenTelemetry told to look away, where the host has set it up: our requests are not its own. */
export function untraced<R>(work: () => R): R {
  const manager = (globalThis as unknown as Record<symbol, TracingApi | undefined>)[TRACING_API]?.context;
  if (typeof manager?.with !== "function") return work();
  return manager.with(manager.active().setValue(SUPPRESSED, true), work);
}

async function pack(body: string): Promise<[string | Uint8Array, Record<string, string>]> {
  const Compression = runtime.CompressionStream;
  if (!Compression || body.length < MIN_GZIP_BYTES) return [body, {}];
  const packed = new Response(new Blob([body]).stream().pipeThrough(new Compression("gzip")));
  return [new Uint8Array(await packed.arrayBuffer()), { "content-encoding": "gzip" }];
}

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) {
      await reader.cancel();
      return "";
    }
  }
}
