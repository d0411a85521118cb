/** Judgements of a trace and of its events. */

import type { Schemas } from "../../../api/client";

export type Score = Schemas["Score"];

/** Returns the scores of one event; of the trace as a whole for null. */
export function scoresOf(scores: readonly Score[], eventId: string | null): Score[] {
  return scores.filter((score) => score.target_event_id === eventId);
}

/** Returns what was judged: a number in at most four digits, or a word. */
export function judgedAs({ value, label }: Score): string {
  if (label) return label;
  return value === null ? "–" : String(Number(value.toPrecision(4)));
}
