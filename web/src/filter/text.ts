/** Writes a filter as the text that `parseFilter` reads. */

import { nameOf } from "./names";
import type { Condition, Filter, Scalar } from "./tree";
import { quoted, writeValue } from "./values";

export function filterText(filter: Filter | undefined): string {
  if (filter === undefined) return "";
  if ("and" in filter) return filter.and.map((part) => inner(part, "or" in part)).join(" ");
  if ("or" in filter) return filter.or.map((part) => inner(part, "or" in part)).join(" OR ");
  return inner(filter, false);
}

function inner(filter: Filter, isGrouped: boolean): string {
  if ("not" in filter) return `-${inner(filter.not, !("field" in filter.not))}`;
  if ("field" in filter) return conditionText(filter);
  return isGrouped ? `(${filterText(filter)})` : filterText(filter);
}

const SIGNS: Record<string, string> = { "=": ":", "!=": ":", contains: "~" };

function conditionText({ field, op, value }: Condition): string {
  const name = nameOf(field);
  if (field === "text" && op === "contains") return quoted(String(value));
  if (op === "exists") return `${value === false ? "-" : ""}${name}:*`;
  const values = (Array.isArray(value) ? value : [value as Scalar]).map((one) => writeValue(one, field));
  return `${op === "!=" ? "-" : ""}${name}${SIGNS[op] ?? (op === "in" ? ":" : op)}${values.join(",")}`;
}
