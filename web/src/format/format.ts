/** How durations, tokens, dollars and times are written: short on the page, exact on hover. */

const NO_VALUE = "–";

/** Milliseconds as "840 ms", "12.4 s", "3 m 05 s", "2 h 04 m"; null has no duration. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NO_VALUE;
  if (ms < 1) return ms === 0 ? "0 ms" : `${trimmed(ms, 2)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  // From where one decimal of seconds would round up to a full minute.
  if (ms < 59_950) return `${(ms / 1_000).toFixed(ms < 9_950 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

/** Milliseconds to the microsecond, for hover. */
export function exactDuration(ms: number | null | undefined): string {
  return ms === null || ms === undefined
    ? "no duration"
    : `${ms.toLocaleString("en-US", { maximumFractionDigits: 3 })} ms`;
}

/** Counts as "812", "8.1 k", "1.24 M". */
export function count(value: number): string {
  if (value < 1_000) return String(value);
  if (value < 999_950) return `${trimmed(value / 1_000, value < 99_950 ? 1 : 0)} k`;
  return `${trimmed(value / 1_000_000, 2)} M`;
}

export function exactCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** A decimal string of dollars with two significant digits at least; null is unpriced, never zero. */
export function dollars(amount: string | number | null | undefined): string {
  if (amount === null || amount === undefined) return NO_VALUE;
  const value = Number(amount);
  if (value === 0) return "$0";
  if (value < 0.000_001) return "<$0.000001";
  if (value >= 1_000) return `$${Math.round(value).toLocaleString("en-US")}`;
  if (value >= 1) return `$${value.toFixed(2)}`;
  const places = Math.min(6, Math.max(3, 1 - Math.floor(Math.log10(value))));
  return `$${value.toFixed(places)}`;
}

export function exactDollars(amount: string | null | undefined): string {
  return amount === null || amount === undefined ? "not priced" : `$${amount}`;
}

/** Time since, as "12 s", "3 m", "5 h", "2 d". */
export function age(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A moment in the viewer's zone or in UTC, to the millisecond. */
export function moment(iso: string, zone: "local" | "utc"): string {
  const date = new Date(iso);
  if (zone === "utc") return `${date.toISOString().replace("T", " ").slice(0, 23)} UTC`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A moment to the minute, without the year when it is this one, for titles: "Nov 27, 14:05". */
export function shortMoment(iso: string, zone: "local" | "utc"): string {
  const date = new Date(iso);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleString("en-US", {
    ...(isThisYear ? {} : { year: "numeric" }),
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(zone === "utc" ? { timeZone: "UTC" } : {}),
  });
}

/** A moment as a field for date and time holds it. */
export function fieldMoment(iso: string, zone: "local" | "utc"): string {
  const date = new Date(iso);
  const shifted = zone === "utc" ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** The moment in milliseconds that such a field holds; NaN when it is empty. */
export function fromFieldMoment(text: string, zone: "local" | "utc"): number {
  return Date.parse(zone === "utc" && text ? `${text}Z` : text);
}

/** A change as "+24 %", "−3 %", "×4.1"; null without anything to compare with. */
export function change(now: number, before: number): string | null {
  if (before === 0) return null;
  const ratio = now / before;
  if (ratio >= 3) return `×${trimmed(ratio, ratio < 10 ? 1 : 0)}`;
  const percent = Math.round((ratio - 1) * 100);
  return `${percent > 0 ? "+" : percent < 0 ? "−" : "±"}${Math.abs(percent)} %`;
}

/** A share as "0.4 %", "12 %". */
export function percent(share: number): string {
  const value = share * 100;
  return `${trimmed(value, value < 10 ? 1 : 0)} %`;
}

/** RFC 3339 as milliseconds since 1970 with the microseconds that Date drops. */
export function toMs(iso: string): number {
  const dot = iso.indexOf(".");
  const micros = dot < 0 ? "" : iso.slice(dot + 4, -1);
  return Date.parse(iso) + (micros ? Number(`0.${micros}`) : 0);
}

/** The name of a usage key: "cache_read_tokens" as "cache read". */
export function usageName(key: string): string {
  return key.replace(/_tokens$/, "").replaceAll("_", " ");
}

function trimmed(value: number, places: number): string {
  const text = value.toFixed(places);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
