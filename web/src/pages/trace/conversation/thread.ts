/** Which call of a model continues which: calls of one agent that repeat what was said before and add to it. */

import { type TraceModel, textAt } from "../model";

/** Returns the indexes of the calls that count as turns: not those that only wrap another one. */
export function turnsOf(model: TraceModel): Int32Array {
  const turns: number[] = [];
  for (let at = 0; at < model.size; at++) {
    if (textAt(model.type, at) === "model_response" && !model.uncounted[at]) turns.push(at);
  }
  return Int32Array.from(turns);
}

/** Returns the nearest agent above an event, -1 when there is none. */
export function agentOf(model: TraceModel, at: number): number {
  let above = model.parent[at] as number;
  while (above >= 0 && textAt(model.type, above) !== "agent_action") above = model.parent[above] as number;
  return above;
}

/** Returns the call before in the same agent, or in the nearest agent above that has one; -1 for the first. */
export function callBefore(model: TraceModel, at: number): number {
  let home = agentOf(model, at);
  for (;;) {
    const found = lastCallWithin(model, at, home);
    if (found >= 0 || home < 0) return found;
    home = agentOf(model, home);
  }
}

/** Looks backwards from an event to the agent that it is in; what encloses the event is no call before it. */
function lastCallWithin(model: TraceModel, at: number, home: number): number {
  for (let before = at - 1; before > home; before--) {
    if (textAt(model.type, before) !== "model_response" || model.uncounted[before]) continue;
    if ((model.end[before] as number) <= at) return before;
  }
  return -1;
}
