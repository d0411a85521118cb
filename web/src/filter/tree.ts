/** The filter of the API as typed data: what lists, charts, live tail and export share. */

export type Subject = "traces" | "events";
export type Operator = "=" | "!=" | "in" | "<" | "<=" | ">" | ">=" | "contains" | "exists";
export type Kind = "text" | "number" | "money" | "time" | "list" | "attribute" | "search";
export type Scalar = string | number;

export interface Condition {
  field: string;
  op: Operator;
  value: Scalar | boolean | Scalar[];
}

export type Filter = Condition | { and: Filter[] } | { or: Filter[] } | { not: Filter };

/** The fields that can be filtered, with what they hold. */
export type Fields = ReadonlyMap<string, Kind>;

export function isCondition(filter: Filter): filter is Condition {
  return "field" in filter;
}

/** Joins filters that must all hold; undefined when there is none. */
export function allOf(...filters: (Filter | undefined)[]): Filter | undefined {
  const parts = filters.filter((one): one is Filter => one !== undefined);
  if (parts.length < 2) return parts[0];
  return { and: parts.flatMap((part) => ("and" in part ? part.and : [part])) };
}

/** The same filter with one condition on a field in the place of every other one on it at the top level. */
export function withCondition(filter: Filter | undefined, condition: Condition): Filter {
  const parts = filter === undefined ? [] : "and" in filter ? filter.and : [filter];
  const others = parts.filter((part) => !(isCondition(part) && part.field === condition.field));
  return others.length ? { and: [...others, condition] } : condition;
}
