/** How the values of a filter are written: durations with their unit, amounts with or without a dollar, counts in k and M. */

import type { Kind, Scalar } from "./tree";

const MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MANY: Record<string, number> = { k: 1_000, m: 1_000_000 };
const AMOUNT = /^\$?(\d{1,16}(?:\.\d{1,12})?)$/;

/** Reads a typed value for a field; undefined when it is none. */
export function readValue(text: string, field: string, kind: Kind): Scalar | undefined {
  if (kind === "money") return AMOUNT.exec(text)?.[1];
  if (kind === "time") return Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();
  if (kind !== "number") return text;
  const [, digits, unit] = /^(-?\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const factor = unit === "" ? 1 : (field.endsWith("_ms") ? MS : MANY)[unit.toLowerCase()];
  // Decimal digits times a power of ten: rounding takes away what binary adds.
  return factor === undefined ? undefined : Number((Number(digits) * factor).toPrecision(15));
}

/** Writes a value so that `readValue` gives it back. */
export function writeValue(value: Scalar, field: string): string {
  if (typeof value === "number" && field.endsWith("_ms")) {
    if (value >= 1_000 && value % 100 === 0 && value < 60_000) return `${value / 1_000}s`;
    if (value >= 60_000 && value % 60_000 === 0) return `${value / 60_000}m`;
    return value >= 1_000 && value % 1_000 === 0 ? `${value / 1_000}s` : `${value}ms`;
  }
  const text = String(value);
  return text !== "" && text !== "*" && !/[\s"(),\\]/.test(text) ? text : quoted(text);
}

export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, (found) => `\\${found}`)}"`;
}

/** What is wrong with a value, and how to write it. */
export function valueAdvice(kind: Kind, field: string): string {
  if (kind === "money") return "an amount, such as 0.05";
  if (kind === "time") return "a time, such as 2026-01-31T12:00:00Z";
  return field.endsWith("_ms") ? "a duration, such as 300ms or 2s" : "a number, such as 200 or 10k";
}
