/** What an event says together with all below it: one pass up and one down, whatever the size. */

import { STATUSES, type TraceModel } from "./model";

// What `model.counting` of the server counts: agents and tools repeat what is below them.
const COUNTED_TYPES = ["model_response", "token_usage"];

/** Carries costs, tokens, errors and statuses up, folds usage into its call, and finds the time of events themselves. */
export function sumUp(model: TraceModel): void {
  const { type, status, parent, folded, opens, tokens, cost, errors, worst } = model;
  const isCounted = type.values.map((name) => COUNTED_TYPES.includes(name));
  const badness = status.values.map((name) =>
    Math.max(0, STATUSES.indexOf(name as (typeof STATUSES)[number])),
  );
  const [call, usage, error] = ["model_response", "token_usage", "error"].map((name) =>
    type.values.indexOf(name),
  );
  const failed = STATUSES.indexOf("error");
  cost.fill(Number.NaN);
  // Backwards, so that what is below comes first.
  for (let at = model.size - 1; at >= 0; at--) {
    const above = parent[at] as number;
    const kind = type.codes[at] as number;
    if (isCounted[kind] && !model.uncounted[at]) {
      tokens[at] =
        (tokens[at] as number) + (model.inputTokens[at] as number) + (model.outputTokens[at] as number);
      cost[at] = plus(cost[at] as number, model.ownCost[at] as number);
    }
    const own = kind === error ? failed : (badness[status.codes[at] as number] as number);
    if (own === failed) errors[at] = (errors[at] as number) + 1;
    worst[at] = Math.max(worst[at] as number, own);
    if (above < 0) continue;
    if (kind === usage && type.codes[above] === call) folded[at] = 1;
    else opens[above] = 1;
    tokens[above] = (tokens[above] as number) + (tokens[at] as number);
    cost[above] = plus(cost[above] as number, cost[at] as number);
    errors[above] = (errors[above] as number) + (errors[at] as number);
    worst[above] = Math.max(worst[above] as number, worst[at] as number);
  }
  findSelf(model);
}

/** Adds amounts of which either may be NaN, that is unknown. */
function plus(sum: number, more: number): number {
  if (Number.isNaN(more)) return sum;
  return Number.isNaN(sum) ? more : sum + more;
}

/** An event's own time: what its children, which come in order of start and may overlap, leave of it. */
function findSelf({ size, start, length, parent, self }: TraceModel): void {
  const coveredTo = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    self[at] = length[at] as number;
    coveredTo[at] = start[at] as number;
    const above = parent[at] as number;
    if (above < 0) continue;
    const from = Math.max(start[at] as number, coveredTo[above] as number);
    const aboveEnd = (start[above] as number) + (length[above] as number);
    const to = Math.min((start[at] as number) + (length[at] as number), aboveEnd);
    if (to <= from) continue;
    self[above] = (self[above] as number) - (to - from);
    coveredTo[above] = to;
  }
}
