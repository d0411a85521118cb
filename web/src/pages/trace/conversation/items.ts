/** What a conversation is made of. */

import { type TraceModel, textAt } from "../model";

const TYPES = ["model_response", "message", "tool_call", "retrieval", "error"];

/** Returns the indexes of the events that said or did something, in their order; wrappers of a call once. */
export function itemsOf(model: TraceModel): Int32Array {
  const isItem = model.type.values.map((type) => TYPES.includes(type));
  const call = model.type.values.indexOf("model_response");
  const items: number[] = [];
  for (let at = 0; at < model.size; at++) {
    const type = model.type.codes[at] as number;
    if (isItem[type] && !(type === call && model.uncounted[at])) items.push(at);
  }
  return Int32Array.from(items);
}

/** Returns the name of who acts in an event; empty for nobody in particular. */
export function actorOf(model: TraceModel, at: number): string {
  for (let above = at; above >= 0; above = model.parent[above] as number) {
    const agent = textAt(model.agent, above);
    if (agent) return agent;
  }
  return "";
}
