// OpenTelemetry's own SDK for JavaScript, sending JSON: spans that an application names by the GenAI conventions.
import { SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";

// The task of tests/agents/task.py.
const INSTRUCTIONS =
  "You plan short city trips. Use the tools for the weather and for prices; answer in two sentences.";
const QUESTION =
  "I want three days in Lisbon. What will the weather be, and what do 120.50 euros make in dollars?";
const MODEL = "gpt-4o-mini";
const RESULTS = {
  get_weather: "Sunny, 21 °C by day and 14 °C by night, no rain expected.",
  convert_to_dollars: "120.50 EUR are 130.14 US dollars.",
};
const PROPERTIES = {
  get_weather: { city: { type: "string" } },
  convert_to_dollars: { amount: { type: "number" }, currency: { type: "string" } },
};

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();
const tracer = trace.getTracer("trip-planner");

function inSpan(name, options, work) {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work(span);
    } finally {
      span.end();
    }
  });
}

function partsOf(message) {
  if (message.role === "tool") {
    return [{ type: "tool_call_response", id: message.tool_call_id, response: message.content }];
  }
  const calls = (message.tool_calls ?? []).map((call) => ({
    type: "tool_call",
    id: call.id,
    name: call.function.name,
    arguments: JSON.parse(call.function.arguments),
  }));
  return [...(message.content ? [{ type: "text", content: message.content }] : []), ...calls];
}

async function ask(messages) {
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": MODEL,
    "gen_ai.input.messages": JSON.stringify(messages.map((m) => ({ role: m.role, parts: partsOf(m) }))),
  };
  return inSpan(`chat ${MODEL}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const tools = Object.entries(PROPERTIES).map(([name, properties]) => ({
      type: "function",
      function: { name, parameters: { type: "object", properties } },
    }));
    const answer = await fetch(`${process.argv[2]}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: MODEL, messages, tools }),
    });
    const { id, model, usage, choices } = await answer.json();
    const said = choices[0].message;
    span.setAttributes({
      "gen_ai.response.id": id,
      "gen_ai.response.model": model,
      "gen_ai.usage.input_tokens": usage.prompt_tokens,
      "gen_ai.usage.output_tokens": usage.completion_tokens,
      "gen_ai.usage.cache_read.input_tokens": usage.prompt_tokens_details.cached_tokens,
      "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: partsOf(said) }]),
    });
    return said;
  });
}

async function runTool(call) {
  const attributes = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": call.function.name,
    "gen_ai.tool.call.arguments": call.function.arguments,
  };
  return inSpan(`execute_tool ${call.function.name}`, { attributes }, async (span) => {
    const result = RESULTS[call.function.name];
    span.setAttribute("gen_ai.tool.call.result", result);
    return { role: "tool", tool_call_id: call.id, content: result };
  });
}

const attributes = { "session.id": process.env.TRIP_SESSION, "user.id": "traveller-7" };
await inSpan("Plan a trip", { attributes }, async () => {
  const messages = [
    { role: "system", content: INSTRUCTIONS },
    { role: "user", content: QUESTION },
  ];
  const said = await ask(messages);
  messages.push(said);
  for (const call of said.tool_calls) {
    messages.push(await runTool(call));
  }
  console.log((await ask(messages)).content);
});
await sdk.shutdown();
