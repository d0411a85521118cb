/** Takes the context of a call apart, by how many characters each kind has. */

import { asMessage } from "../../../render/message";

export interface ContextPart {
  name: "system" | "tools" | "history" | "new";
  chars: number;
}

/** What was in the call before is history; instructions and results of tools among it stand for themselves. */
export function contextParts(messages: readonly unknown[], knownCount: number | undefined): ContextPart[] {
  const chars: Record<ContextPart["name"], number> = { system: 0, tools: 0, history: 0, new: 0 };
  messages.forEach((given, at) => {
    const { role, parts } = asMessage(given);
    const isNew = knownCount !== undefined && at >= knownCount;
    const name = isNew ? "new" : role === "system" ? "system" : role === "tool" ? "tools" : "history";
    for (const part of parts)
      chars[name] += length(part.content) + length(part.arguments) + length(part.response);
  });
  return (Object.keys(chars) as ContextPart["name"][])
    .map((name) => ({ name, chars: chars[name] }))
    .filter((part) => part.chars > 0);
}

function length(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return typeof value === "string" ? value.length : JSON.stringify(value).length;
}
