/** The range of time of a view, as it stands in the address: relative to now, or between two moments. */

export interface RangeSearch {
  /** How long before now, such as "24h"; without it the last 24 hours. */
  range?: string | undefined;
  /** RFC 3339; with `to` in the place of `range`. */
  from?: string | undefined;
  to?: string | undefined;
}

export const DEFAULT_RANGE = "24h";
export const RELATIVE_RANGES = ["15m", "1h", "6h", "24h", "7d", "30d", "400d"] as const;

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_NAMES: Record<string, string> = { m: "minute", h: "hour", d: "day" };
// As far back as the server reads; a longer range would be cut there.
const MAX_MS = 400 * 86_400_000 - 3_600_000;
const RELATIVE = /^([1-9]\d{0,4})([mhd])$/;

/** Reads what the address holds; what is not understood is left out. */
export function readRange(given: Record<string, unknown>): RangeSearch {
  const { range, from, to } = given;
  if (isMoment(from) && isMoment(to) && Date.parse(from) < Date.parse(to)) return { from, to };
  return typeof range === "string" && RELATIVE.test(range) && range !== DEFAULT_RANGE ? { range } : {};
}

function isMoment(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

export function isRelative(search: RangeSearch): boolean {
  return search.from === undefined || search.to === undefined;
}

/** How long the range is. */
export function rangeMs(search: RangeSearch): number {
  if (search.from !== undefined && search.to !== undefined) {
    return Date.parse(search.to) - Date.parse(search.from);
  }
  const [, number, unit] = RELATIVE.exec(search.range ?? DEFAULT_RANGE) ?? [];
  return Math.min(MAX_MS, Number(number ?? 24) * (UNIT_MS[unit ?? "h"] ?? 0));
}

/** The bounds to ask the server for; a relative range has no end, which is now. */
export function bounds(search: RangeSearch, nowMs = Date.now()): { from: string; to?: string } {
  if (search.from !== undefined && search.to !== undefined) return { from: search.from, to: search.to };
  return { from: new Date(nowMs - rangeMs(search)).toISOString() };
}

/** Only what a link to another page takes along. */
export function rangeOf({ range, from, to }: RangeSearch): RangeSearch {
  return { range, from, to };
}

/** "last 24 hours", or the two moments. */
export function rangeName(search: RangeSearch, moment: (iso: string) => string): string {
  if (search.from !== undefined && search.to !== undefined) {
    return `${moment(search.from)} – ${moment(search.to)}`;
  }
  if (search.range === "400d") return "all time";
  const [, number, unit] = RELATIVE.exec(search.range ?? DEFAULT_RANGE) ?? [];
  const name = UNIT_NAMES[unit ?? "h"] ?? "";
  return number === "1" ? `last ${name}` : `last ${number} ${name}s`;
}

/** The moments as an address holds them. */
export function between(fromMs: number, toMs: number): RangeSearch {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), range: undefined };
}
