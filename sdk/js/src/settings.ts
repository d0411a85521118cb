/** Reads the settings from arguments and environment; never connects anywhere and never shows the key. */

import { runtime } from "./platform.js";
import type { RedactHook, Redaction } from "./redaction.js";
import { redactionFrom } from "./redaction.js";
import { cleanId, cleanLabel } from "./values.js";

const DEFAULT_BASE_URL = "http://127.0.0.1:8000";
/** The server's limit for one native batch. */
export const MAX_BATCH_EVENTS = 100;
const YES = new Set(["1", "true", "yes", "on"]);
const NO = new Set(["0", "false", "no", "off"]);

/** A setting that cannot work; the text says which one and what would. */
export class ConfigurationError extends Error {}

/** What `init()` takes; what is left out comes from the environment, else from the defaults. */
export interface InitOptions {
  /** `WATCHLLM_API_KEY` */
  apiKey?: string | undefined;
  /** `WATCHLLM_BASE_URL`, http://127.0.0.1:8000 */
  baseUrl?: string | undefined;
  /** `WATCHLLM_PROJECT` */
  project?: string | undefined;
  /** `WATCHLLM_ENVIRONMENT` */
  environment?: string | undefined;
  /** `WATCHLLM_RELEASE` */
  release?: string | undefined;
  /** `WATCHLLM_ENABLED`, true */
  enabled?: boolean | undefined;
  /** `WATCHLLM_SAMPLE_RATE`, 1: the share of traces that is sent. */
  sampleRate?: number | undefined;
  /** Asked for every field of a body; what it returns is sent instead. */
  redact?: RedactHook | undefined;
  /** What matches within any text becomes `[redacted]`, beside the patterns of well-known keys. */
  redactPatterns?: readonly RegExp[] | undefined;
  /** Whether well-known keys, passwords and bearer headers are redacted: true. */
  redactDefaults?: boolean | undefined;
  /** How often a batch is tried again: 3. */
  maxRetries?: number | undefined;
  /** How many events are sent at once: 100. */
  flushAt?: number | undefined;
  /** How long an event waits for others: 1,000. */
  flushIntervalMs?: number | undefined;
  /** How long one request may take: 10,000. */
  requestTimeoutMs?: number | undefined;
  /** How long the end of the process may wait for the last events: 5,000; 0 does not wait. */
  exitTimeoutMs?: number | undefined;
  /** Keeps an edge function alive until a promise is settled, such as that of `@vercel/functions`. */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
}

export interface Settings {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly project: string;
  readonly environment: string;
  readonly release: string;
  readonly enabled: boolean;
  readonly sampleRate: number;
  readonly redaction: Redaction | undefined;
  readonly maxRetries: number;
  readonly flushAt: number;
  readonly flushIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly exitTimeoutMs: number;
  readonly waitUntil: ((promise: Promise<unknown>) => void) | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Return the settings; throws ConfigurationError, unless they say that the SDK is off: then nothing else matters. */
export function readSettings(given: InitOptions, environ: Environment = runtime.process?.env ?? {}): Settings {
  const enabled = switchOf(given.enabled, environ.WATCHLLM_ENABLED);
  const apiKey = textSetting("apiKey", given.apiKey, environ.WATCHLLM_API_KEY);
  if (enabled && !apiKey) throw new ConfigurationError("there is no API key: pass apiKey or set WATCHLLM_API_KEY");
  if (!/^[\x21-\x7e]*$/.test(apiKey)) {
    throw new ConfigurationError("apiKey has characters that an HTTP header cannot carry");
  }
  const baseUrl = textSetting("baseUrl", given.baseUrl, environ.WATCHLLM_BASE_URL) || DEFAULT_BASE_URL;
  return {
    apiKey,
    baseUrl: enabled ? checkedUrl(baseUrl) : baseUrl,
    project: cleanId(textSetting("project", given.project, environ.WATCHLLM_PROJECT)),
    environment: cleanLabel(textSetting("environment", given.environment, environ.WATCHLLM_ENVIRONMENT)),
    release: cleanLabel(textSetting("release", given.release, environ.WATCHLLM_RELEASE)),
    enabled,
    sampleRate: rateOf(given.sampleRate, environ.WATCHLLM_SAMPLE_RATE),
    redaction: redactionFrom(hookOf(given.redact), patternsOf(given.redactPatterns), given.redactDefaults !== false),
    maxRetries: Math.floor(numberOf("maxRetries", given.maxRetries, 3, 0, 10)),
    flushAt: Math.floor(numberOf("flushAt", given.flushAt, MAX_BATCH_EVENTS, 1, MAX_BATCH_EVENTS)),
    flushIntervalMs: numberOf("flushIntervalMs", given.flushIntervalMs, 1000, 10, 3_600_000),
    requestTimeoutMs: numberOf("requestTimeoutMs", given.requestTimeoutMs, 10_000, 100, 600_000),
    exitTimeoutMs: numberOf("exitTimeoutMs", given.exitTimeoutMs, 5000, 0, 3_600_000),
    waitUntil: typeof given.waitUntil === "function" ? given.waitUntil : undefined,
  };
}

function textSetting(name: string, given: unknown, variable: string | undefined): string {
  // A trailing newline is what most secret stores add.
  if (given === undefined || given === null) return (variable ?? "").trim();
  if (typeof given !== "string") throw new ConfigurationError(`${name} must be a string`);
  return given.trim();
}

function switchOf(given: unknown, variable: string | undefined): boolean {
  if (typeof given === "boolean") return given;
  if (given !== undefined && given !== null) throw new ConfigurationError("enabled must be true or false");
  const word = (variable ?? "").trim().toLowerCase();
  if (NO.has(word)) return false;
  if (word && !YES.has(word)) {
    throw new ConfigurationError("WATCHLLM_ENABLED must be one of 1, true, yes, on, 0, false, no, off");
  }
  return true;
}

function rateOf(given: unknown, variable: string | undefined): number {
  if (given !== undefined && given !== null) return numberOf("sampleRate", given, 1, 0, 1);
  const word = (variable ?? "").trim();
  return word ? numberOf("WATCHLLM_SAMPLE_RATE", Number(word), 1, 0, 1) : 1;
}

function numberOf(name: string, value: unknown, fallback: number, low: number, high: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value !== "number" || !(value >= low && value <= high)) {
    throw new ConfigurationError(`${name} must be a number from ${low} to ${high}`);
  }
  return value;
}

function hookOf(given: unknown): RedactHook | undefined {
  if (given === undefined || given === null) return undefined;
  // To send everything where redaction was asked for would be worse than to send nothing.
  if (typeof given !== "function") throw new ConfigurationError("redact must be a function");
  return given as RedactHook;
}

function patternsOf(given: unknown): readonly RegExp[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || !given.every((one) => one instanceof RegExp)) {
    throw new ConfigurationError("redactPatterns must be a list of regular expressions");
  }
  return given as RegExp[];
}

function checkedUrl(text: string): string {
  const wanted = "baseUrl must look like http://host:port or https://host";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ConfigurationError(wanted);
  }
  if (!/^https?:$/.test(url.protocol) || !url.hostname || !/^https?:\/\/[\x21-\x7e]+$/i.test(text)) {
    throw new ConfigurationError(wanted);
  }
  if (url.username || url.password || url.search || url.hash || /[?#]/.test(text)) {
    throw new ConfigurationError(`${wanted}, without a user, a query or a fragment`);
  }
  return text.replace(/\/+$/, "");
}
