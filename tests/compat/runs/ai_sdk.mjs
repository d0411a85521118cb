// The AI SDK of Vercel with its own telemetry, streamed in two steps, set up by the environment of OpenTelemetry.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OpenTelemetry } from "@ai-sdk/otel";
import { trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { registerTelemetry, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

// The task of tests/agents/task.py.
const AGENT_NAME = "Travel planner";
const INSTRUCTIONS =
  "You plan short city trips. Use the tools for the weather and for prices; answer in two sentences.";
const QUESTION =
  "I want three days in Lisbon. What will the weather be, and what do 120.50 euros make in dollars?";

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();
registerTelemetry(new OpenTelemetry());

const provider = createOpenAICompatible({
  name: "openai",
  baseURL: process.argv[2],
  apiKey: "loopback",
  includeUsage: true,
});
const attributes = { "session.id": process.env.TRIP_SESSION, "user.id": "traveller-7" };
await trace.getTracer("trip-planner").startActiveSpan("Plan a trip", { attributes }, async (span) => {
  const result = streamText({
    model: provider("gpt-4o-mini"),
    instructions: INSTRUCTIONS,
    prompt: QUESTION,
    tools: {
      get_weather: tool({
        description: "Tell the weather forecast of a city.",
        inputSchema: z.object({ city: z.string() }),
        execute: () => "Sunny, 21 °C by day and 14 °C by night, no rain expected.",
      }),
      convert_to_dollars: tool({
        description: "Convert an amount of money to US dollars.",
        inputSchema: z.object({ amount: z.number(), currency: z.string() }),
        execute: () => "120.50 EUR are 130.14 US dollars.",
      }),
    },
    stopWhen: stepCountIs(5),
    telemetry: { functionId: AGENT_NAME },
  });
  console.log(await result.text);
  span.end();
});
await sdk.shutdown();
