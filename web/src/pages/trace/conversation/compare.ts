/** Compares what two calls were given. */

import { asMessage } from "../../../render/message";

export interface Comparison {
  /** How many of the first messages were in the call before too, in its input or as its answer. */
  knownCount: number;
  /** How many messages of the call before are not in this one. */
  changedCount: number;
}

/** `before` is the input of the call before followed by its answer. */
export function compare(before: readonly unknown[], now: readonly unknown[]): Comparison {
  const known = before.map(essence);
  let knownCount = 0;
  while (
    knownCount < now.length &&
    knownCount < known.length &&
    essence(now[knownCount]) === known[knownCount]
  ) {
    knownCount++;
  }
  const inputs = known.length;
  return { knownCount, changedCount: Math.max(0, inputs - knownCount) };
}

/** What makes a message the same when it is sent again: ids of answers and reasons to stop do not come back. */
function essence(given: unknown): string {
  const { role, parts } = asMessage(given);
  const said = parts
    .filter((part) => part.type !== "reasoning")
    .map(({ type, content, name, arguments: asked, response }) => [
      type,
      content,
      name,
      written(asked),
      response,
    ]);
  return JSON.stringify([role, said]);
}

/** Arguments come as a value or as its text. */
function written(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
