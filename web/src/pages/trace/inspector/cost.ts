/** Takes a cost apart: which tokens were paid at which price. */

import type { EventAnswer } from "../../../api/client";

export interface CostLine {
  kind: string;
  tokens: number | null;
  /** Dollars for a million tokens, as text; null where nothing was paid for the kind itself. */
  perMillion: string | null;
  cost: string | null;
  /** Whether its tokens are counted in another line too. */
  isPart: boolean;
}

const MILLION = 1_000_000;
// Prices are round numbers of at most four digits; the division that finds them again is not exact.
const PRICE_DIGITS = 4;

/** Returns a line for each kind of usage: input without what was read from the cache when that has its own price. */
export function costLines({ usage, cost_breakdown: paid }: EventAnswer): CostLine[] {
  const lines: CostLine[] = [];
  const isCacheApart = "cache_read" in paid;
  for (const [key, tokens] of Object.entries(usage)) {
    const kind = key.replace(/_tokens$/, "");
    const isFresh = kind === "input" && isCacheApart;
    const own = isFresh ? tokens - (usage.cache_read_tokens ?? 0) : tokens;
    const cost = paid[kind] ?? null;
    lines.push({
      kind: isFresh ? "input, not cached" : kind,
      tokens: own,
      perMillion: cost === null || own <= 0 ? null : pricePerMillion(cost, own),
      cost,
      isPart: cost === null && kind !== "input" && kind !== "output",
    });
  }
  const known = new Set(Object.keys(usage).map((key) => key.replace(/_tokens$/, "")));
  for (const [kind, cost] of Object.entries(paid)) {
    if (!known.has(kind)) lines.push({ kind, tokens: null, perMillion: null, cost, isPart: false });
  }
  return lines;
}

function pricePerMillion(cost: string, tokens: number): string {
  return String(Number(((Number(cost) / tokens) * MILLION).toPrecision(PRICE_DIGITS)));
}

const REASONS: Record<string, string> = {
  type_without_usage: "Only model calls count; this one repeats the totals of what is below it.",
  parent_has_usage: "The model call above it has the same usage, and counts.",
  same_as_nested_call: "Another span of the same call is below it, and counts instead.",
  same_as_enclosing_call: "The span of the same call above it knows more of its usage, and counts instead.",
  same_response_id: "A span beside it has the same answer at the same time, and counts instead.",
  sum_of_nested_calls: "Its tokens are exactly those of the calls below it, which count.",
};

/** Says in a sentence why an event's usage is left out. */
export function notCounted(reason: string | null): string {
  return REASONS[reason ?? ""] ?? "Something else counts the same usage.";
}
