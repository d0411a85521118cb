/** What is being typed at the caret: a field's name or one of its values, and which letters a suggestion replaces. */

import { tokens } from "./lexer";
import { fieldOf, nameOf } from "./names";
import type { Fields, Kind } from "./tree";
import { writeValue } from "./values";

export type Place =
  | { kind: "field"; prefix: string; start: number; end: number }
  | { kind: "value"; field: string; valueKind: Kind; prefix: string; start: number; end: number };

/** Returns where the caret stands; undefined inside quotes or beside a finished term. */
export function placeAt(text: string, caret: number, fields: Fields): Place | undefined {
  const token = tokens(text).find((one) => one.start < caret && caret <= one.end);
  if (!token) return { kind: "field", prefix: "", start: caret, end: caret };
  if (token.kind === "text" && !token.value.isQuoted) {
    return { kind: "field", prefix: text.slice(token.start, caret), start: token.start, end: token.end };
  }
  if (token.kind === "open" || token.kind === "minus") {
    return { kind: "field", prefix: "", start: caret, end: caret };
  }
  if (token.kind !== "term") return undefined;
  const known = fieldOf(token.name, fields);
  const value = token.values.find((one) => one.start <= caret && caret <= one.end);
  if (!known || !value) return undefined;
  const prefix = value.isQuoted ? value.text : text.slice(value.start, caret);
  const { start, end } = value;
  return { kind: "value", field: known.field, valueKind: known.kind, prefix, start, end };
}

/** The text and caret after a suggestion was taken at a place. */
export function taken(text: string, place: Place, chosen: string): { text: string; caret: number } {
  const written = place.kind === "value" ? `${writeValue(chosen, place.field)} ` : chosen;
  const after = text.slice(place.end).replace(/^ /, "");
  const before = text.slice(0, place.start) + written;
  return { text: before + after, caret: before.length };
}

/** How a chosen field starts a term: numbers are compared, the rest is equal. */
export function termStart(field: string, kind: Kind): string {
  return `${nameOf(field)}${kind === "number" || kind === "money" || kind === "time" ? ">" : ":"}`;
}
