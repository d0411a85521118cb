/** Makes the filter that the API takes of the one that a person wrote. */

import type { Fields, Filter, Subject } from "./tree";

// What a word alone may name besides a text: someone pastes an id, or types a name.
const NAMED: Record<Subject, readonly string[]> = {
  traces: ["trace_id", "session_id", "user_id"],
  events: ["event_id", "trace_id"],
};

/** Returns the JSON of a filter, or undefined when it filters nothing. */
export function apiFilter(filter: Filter | undefined, subject: Subject, fields: Fields): string | undefined {
  return filter === undefined ? undefined : JSON.stringify(widened(filter, subject, fields));
}

function widened(filter: Filter, subject: Subject, fields: Fields): Filter {
  if ("and" in filter) return { and: filter.and.map((part) => widened(part, subject, fields)) };
  if ("or" in filter) return { or: filter.or.map((part) => widened(part, subject, fields)) };
  if ("not" in filter) return { not: widened(filter.not, subject, fields) };
  if (filter.field !== "text") return filter;
  const { value } = filter;
  const texts = ["text", "name"].filter((field) => fields.has(field));
  return {
    or: [
      ...texts.map((field) => ({ field, op: "contains" as const, value })),
      ...NAMED[subject].map((field) => ({ field, op: "=" as const, value })),
    ],
  };
}
