/** Measures the calls of an Anthropic client: messages, whole and streamed, beta ones among them. */

import { MessagesCollector } from "./collectors.js";
import { guarded } from "./notices.js";
import type { WrapOptions } from "./openai.js";
import type { ModelMethod } from "./wrapping.js";
import { wrapClient } from "./wrapping.js";

/**
 * Measure the calls of an Anthropic client and return the same client. What it returns and throws stays the same; a
 * stream is followed as the host reads it.
 */
export function wrapAnthropic<C extends object>(client: C, options: WrapOptions = {}): C {
  const provider = guarded("wrapAnthropic", "anthropic", () => options?.provider ?? "anthropic");
  return wrapClient(client, [messages(["messages"], provider), messages(["beta", "messages"], provider)]);
}

function messages(path: readonly string[], provider: string): ModelMethod {
  return {
    path,
    provider,
    asked: ({ model: _, messages: turns, system, ...parameters }) => {
      const first = system === undefined ? [] : [{ role: "system", content: system }];
      return { messages: [...first, ...(Array.isArray(turns) ? turns : [])], metadata: { parameters } };
    },
    finishReason: (answer) => answer.stop_reason,
    collector: () => new MessagesCollector(),
  };
}
