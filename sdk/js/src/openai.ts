/** Measures the calls of an OpenAI client: chat completions, responses and completions, whole and streamed. */

import { ChatCollector, ResponsesCollector } from "./collectors.js";
import { guarded } from "./notices.js";
import { isObject } from "./values.js";
import type { ModelMethod } from "./wrapping.js";
import { wrapClient } from "./wrapping.js";

export interface WrapOptions {
  /** Who answers, where the client's base URL does not say it. */
  provider?: string | undefined;
}

// Others that speak OpenAI's API, by the end of their host.
const PROVIDERS: readonly (readonly [string, string])[] = [
  ["openai.azure.com", "azure"],
  ["groq.com", "groq"],
  ["deepseek.com", "deepseek"],
  ["mistral.ai", "mistral"],
  ["openrouter.ai", "openrouter"],
  ["together.xyz", "together"],
  ["x.ai", "x-ai"],
  ["googleapis.com", "google"],
];

/**
 * Measure the calls of an OpenAI client and return the same client. What it returns and throws stays the same; a
 * stream is followed as the host reads it. The usage of a streamed chat is known when the request asks for it
 * (`stream_options: {include_usage: true}`): requests are never changed.
 */
export function wrapOpenAI<C extends object>(client: C, options: WrapOptions = {}): C {
  const provider = guarded("wrapOpenAI", "openai", () => options?.provider ?? providerOf(client));
  return wrapClient(client, [chat(provider), responses(provider), completions(provider)]);
}

function providerOf(client: object): string {
  const { baseURL } = client as { baseURL?: unknown };
  const hostname = /^https?:\/\/([^/:?#]+)/i.exec(String(baseURL))?.[1]?.toLowerCase() ?? "";
  return PROVIDERS.find(([end]) => hostname === end || hostname.endsWith(`.${end}`))?.[1] ?? "openai";
}

function firstFinishReason(answer: Record<string, unknown>): unknown {
  const first: unknown = Array.isArray(answer.choices) ? answer.choices[0] : undefined;
  return isObject(first) ? first.finish_reason : undefined;
}

function chat(provider: string): ModelMethod {
  return {
    path: ["chat", "completions"],
    provider,
    asked: ({ model: _, messages, ...parameters }) => ({ messages, metadata: { parameters } }),
    finishReason: firstFinishReason,
    collector: () => new ChatCollector(),
  };
}

function completions(provider: string): ModelMethod {
  return {
    path: ["completions"],
    provider,
    asked: ({ model: _, prompt, ...parameters }) => ({ prompt, metadata: { parameters } }),
    finishReason: firstFinishReason,
    collector: () => new ChatCollector(),
  };
}

function responses(provider: string): ModelMethod {
  return {
    path: ["responses"],
    provider,
    asked: ({ model: _, input, instructions, ...parameters }) => {
      const system = typeof instructions === "string" ? [{ role: "system", content: instructions }] : [];
      const rest: unknown[] = Array.isArray(input)
        ? input
        : input === undefined
          ? []
          : [{ role: "user", content: input }];
      return { messages: [...system, ...rest], metadata: { parameters } };
    },
    finishReason: (answer) => answer.status,
    collector: () => new ResponsesCollector(),
  };
}
