/** Finds similar siblings that follow one another, which are shown as one row with ×n until someone opens it. */

import type { TraceModel } from "./model";

// Three of the same are a pattern, and take more room than they tell.
const MIN_RUN = 3;
// Calls of a model say something different each time: only a crowd of them is put together.
const MIN_RUN_OF_CALLS = 10;

/** Marks the first of each run of leaves with the same type, name and status: what failed never hides among the rest. */
export function findRuns(model: TraceModel): void {
  const call = model.type.values.indexOf("model_response");
  for (let at = 0; at < model.size; ) {
    if (model.folded[at] || model.opens[at]) {
      at++;
      continue;
    }
    let count = 1;
    let next = model.end[at] as number;
    while (next < model.size && isSimilar(model, at, next)) {
      count++;
      next = model.end[next] as number;
    }
    if (count >= (model.type.codes[at] === call ? MIN_RUN_OF_CALLS : MIN_RUN)) model.run[at] = count;
    at = next;
  }
}

function isSimilar(model: TraceModel, one: number, other: number): boolean {
  return (
    model.parent[one] === model.parent[other] &&
    !model.folded[other] &&
    !model.opens[other] &&
    model.type.codes[one] === model.type.codes[other] &&
    model.name.codes[one] === model.name.codes[other] &&
    model.status.codes[one] === model.status.codes[other] &&
    !model.missing.has(one) &&
    !model.missing.has(other)
  );
}

/** Returns one past the last event of the run that begins here. */
export function endOfRun(model: TraceModel, first: number): number {
  let at = first;
  for (let left = model.run[first] as number; left > 0; left--) at = model.end[at] as number;
  return at;
}

/** Returns the first of the run that an event is in, -1 when it is in none. */
export function runOf(model: TraceModel, at: number): number {
  const parent = model.parent[at] as number;
  // Runs are among siblings, and siblings in a run have no rows between them.
  for (let before = at; before > parent; before--) {
    const count = model.run[before] as number;
    if (count > 0) return at < endOfRun(model, before) ? before : -1;
    if (model.opens[before]) return -1;
  }
  return -1;
}
