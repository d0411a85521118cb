import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startActiveObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

/** Return what records one model call. */
export function make(url, { model, prompt, answer }) {
  const processor = new LangfuseSpanProcessor({ publicKey: "pk-bench", secretKey: "sk-bench", baseUrl: url });
  new NodeTracerProvider({ spanProcessors: [processor] }).register();
  return () =>
    startActiveObservation(
      "chat",
      (generation) => {
        generation.update({ model, input: prompt });
        generation.update({ output: answer, usageDetails: { input: 200, output: 200 } });
      },
      { asType: "generation" },
    );
}
