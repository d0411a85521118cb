/** Which tabs an event has, by its type. */

export const TAB_NAMES = {
  content: "Content",
  messages: "Messages",
  new: "New only",
  output: "Output",
  cost: "Cost",
  attributes: "Attributes",
  raw: "Raw",
  where: "Where is it",
} as const;

export type Tab = keyof typeof TAB_NAMES;

const OF_ALL: readonly Tab[] = ["attributes", "raw", "where"];

export function tabsOf(type: string): readonly Tab[] {
  if (type === "model_response") return ["messages", "new", "output", "cost", ...OF_ALL];
  if (type === "token_usage") return ["cost", ...OF_ALL];
  return ["content", ...OF_ALL];
}

export function firstTab(type: string): Tab {
  return tabsOf(type)[0] ?? "attributes";
}
