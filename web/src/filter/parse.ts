/**
 * Reads the text of a filter, such as `type:model_response cost>0.05 -user:u_1 (status:error OR "refund")`.
 *
 * Terms side by side must all hold; OR binds weaker; a minus negates; `field:a,b` is any of them, `field:*` is
 * "has one", `field~part` contains; words alone are searched in the texts.
 */

import { type TextOperator, type Token, tokens, type Value } from "./lexer";
import { fieldOf } from "./names";
import type { Condition, Fields, Filter, Kind, Operator, Scalar } from "./tree";
import { readValue, valueAdvice } from "./values";

export interface Parsed {
  /** Undefined filters nothing. */
  filter: Filter | undefined;
  /** Why the text is not a filter; undefined when it is. */
  problem: string | undefined;
}

class Unreadable extends Error {}

export function parseFilter(text: string, fields: Fields): Parsed {
  const all = tokens(text);
  if (all.length === 0) return { filter: undefined, problem: undefined };
  try {
    const reading = new Reading(all, fields);
    return { filter: reading.whole(), problem: undefined };
  } catch (error) {
    if (error instanceof Unreadable) return { filter: undefined, problem: error.message };
    throw error;
  }
}

class Reading {
  private at = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly fields: Fields,
  ) {}

  whole(): Filter {
    const filter = this.or();
    if (this.at < this.tokens.length) throw new Unreadable("A ) has no ( before it.");
    return filter;
  }

  private or(): Filter {
    const parts = [this.and()];
    while (this.tokens[this.at]?.kind === "or") {
      this.at += 1;
      parts.push(this.and());
    }
    return parts.length === 1 ? (parts[0] as Filter) : { or: parts };
  }

  private and(): Filter {
    const parts: Filter[] = [];
    while (this.at < this.tokens.length && !["or", "close"].includes(this.tokens[this.at]?.kind ?? "")) {
      parts.push(this.one());
    }
    if (parts.length === 0) throw new Unreadable("Something is missing beside OR or between ( and ).");
    return parts.length === 1 ? (parts[0] as Filter) : { and: parts };
  }

  private one(): Filter {
    const token = this.tokens[this.at] as Token;
    this.at += 1;
    switch (token.kind) {
      case "minus":
        if (this.at >= this.tokens.length) throw new Unreadable("Nothing follows the minus.");
        return negated(this.one());
      case "open": {
        const inner = this.or();
        if (this.tokens[this.at]?.kind !== "close") throw new Unreadable("A ( is not closed.");
        this.at += 1;
        return inner;
      }
      case "text":
        return { field: "text", op: "contains", value: token.value.text };
      case "term":
        return condition(token.name, token.op, token.values, this.fields);
      default:
        throw new Unreadable("Something is missing beside OR.");
    }
  }
}

function negated(filter: Filter): Filter {
  if ("field" in filter && filter.op === "=") return { ...filter, op: "!=" };
  if ("field" in filter && filter.op === "exists") return { ...filter, value: !filter.value };
  return { not: filter };
}

const OPERATORS: Record<TextOperator, Operator> = {
  ":": "=",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "~": "contains",
};
const ORDERED: readonly Kind[] = ["number", "money", "time"];

function condition(name: string, op: TextOperator, values: Value[], fields: Fields): Condition {
  const known = fieldOf(name, fields);
  if (!known) throw new Unreadable(`There is no field ${name}. Put it in quotes to search for the text.`);
  const { field, kind } = known;
  if (values.some((value) => value.text === "" && !value.isQuoted)) {
    throw new Unreadable(`${name} needs a value.`);
  }
  const isOne = values.length === 1;
  if (op === ":" && isOne && values[0]?.text === "*" && !values[0].isQuoted) {
    return { field, op: "exists", value: true };
  }
  const isOrdering = /[<>]/.test(op);
  if (isOrdering !== ORDERED.includes(kind) && (isOrdering || op === "~")) {
    throw new Unreadable(`${name} cannot be compared with ${op}.`);
  }
  if (!isOne && op !== ":") throw new Unreadable(`Several values go with a colon: ${name}:a,b.`);
  const read = values.map((value) => readValue(value.text, field, kind));
  if (read.includes(undefined)) throw new Unreadable(`${name} takes ${valueAdvice(kind, field)}.`);
  const scalars = read as Scalar[];
  if (kind === "search") return { field, op: "contains", value: scalars[0] as Scalar };
  return isOne
    ? { field, op: OPERATORS[op], value: scalars[0] as Scalar }
    : { field, op: "in", value: scalars };
}
