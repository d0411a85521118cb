/** What can follow at the caret: fields by name, values by what was sent. */

import { nameOf } from "./names";
import { type Place, termStart } from "./place";
import type { Fields } from "./tree";

export interface Suggestion {
  /** What takes the place of what was typed. */
  text: string;
  label: string;
  detail: string;
}

const SHOWN = 12;

const KIND_NAMES = {
  text: "text",
  list: "one of several",
  number: "number",
  money: "dollars",
  time: "time",
  attribute: "attribute",
  search: "part of an input or output",
} as const;

/** Fields whose name or short name holds what was typed; those that start with it first. */
export function fieldSuggestions(prefix: string, fields: Fields): Suggestion[] {
  const typed = prefix.toLowerCase();
  return [...fields]
    .map(([field, kind]) => ({ field, kind, name: nameOf(field) }))
    .filter(({ field, name }) => name.includes(typed) || field.includes(typed))
    .sort((a, b) => Number(b.name.startsWith(typed)) - Number(a.name.startsWith(typed)))
    .slice(0, SHOWN)
    .map(({ field, kind, name }) => ({
      text: termStart(field, kind),
      label: name,
      detail: KIND_NAMES[kind],
    }));
}

const MEASURES: Record<string, readonly string[]> = {
  number: ["10", "100", "1k", "10k"],
  money: ["0.01", "0.1", "1", "10"],
};
const DURATIONS = ["500ms", "1s", "5s", "30s", "2m"];

/** Round numbers for what is measured: there are no values worth a list. */
export function measureSuggestions(place: Place & { kind: "value" }): Suggestion[] {
  const texts = place.field.endsWith("_ms") ? DURATIONS : (MEASURES[place.valueKind] ?? []);
  return texts
    .filter((text) => text.startsWith(place.prefix) && text !== place.prefix)
    .map((text) => ({ text, label: text, detail: "" }));
}
