import * as watchllm from "watchllm";

/** Return what records one model call. */
export function make(url, { model, prompt, answer }) {
  watchllm.init({ apiKey: "wl_bench", baseUrl: url });
  return () =>
    watchllm.modelCall(model, { prompt, provider: "openai" }, (call) => {
      call.response(answer, { usage: { inputTokens: 200, outputTokens: 200 } });
    });
}
