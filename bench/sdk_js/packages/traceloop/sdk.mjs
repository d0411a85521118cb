import * as traceloop from "@traceloop/node-server-sdk";

/** Return what records one model call. */
export function make(url, { model, prompt, answer }) {
  traceloop.initialize({ appName: "bench", baseUrl: url, apiKey: "bench", silenceInitializationMessage: true });
  const usage = { prompt_tokens: 200, completion_tokens: 200, total_tokens: 400 };
  const completions = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: answer } }];
  return () =>
    traceloop.withLLMCall({ vendor: "openai", type: "chat" }, ({ span }) => {
      span.reportRequest({ model, messages: [{ role: "user", content: prompt }] });
      span.reportResponse({ model, usage, completions });
    });
}
