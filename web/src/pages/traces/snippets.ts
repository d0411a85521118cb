/** The ways to send a first trace, with the address and the key of this very server. */

export interface Snippet {
  id: string;
  name: string;
  text: string;
  note: string;
}

export function snippets(origin: string, apiKey: string | null): Snippet[] {
  const key = apiKey ?? "YOUR_API_KEY";
  return [
    { id: "python", name: "Python", text: python(origin, key), note: PYTHON_NOTE },
    { id: "otel", name: "OpenTelemetry", text: openTelemetry(origin, key), note: OTEL_NOTE },
    {
      id: "curl",
      name: "curl",
      text: curl(origin, key),
      note: "One event by hand; the answer comes when it is on disk.",
    },
  ];
}

const PYTHON_NOTE =
  "Needs the package watchllm: the .venv that make run made has it; elsewhere, pip install ./sdk/python from the checkout.";
const OTEL_NOTE =
  "Set these where an application runs that exports OpenTelemetry traces (http/protobuf); GenAI attributes are understood.";

function python(origin: string, key: string): string {
  return [
    "import watchllm",
    `watchllm.init(api_key="${key}", base_url="${origin}")`,
    'with watchllm.span("hello", input="What is WatchLLM?") as span:',
    '    watchllm.model_response("gpt-4o-mini", prompt="What is WatchLLM?", response="It shows what agents do.",',
    '                            usage={"inputTokens": 12, "outputTokens": 9})',
    // An interactive Python ends the block only at an empty line.
    "",
    "watchllm.flush()",
  ].join("\n");
}

function openTelemetry(origin: string, key: string): string {
  return [
    `export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${origin}/v1/traces`,
    `export OTEL_EXPORTER_OTLP_TRACES_HEADERS="authorization=Bearer ${key}"`,
    "export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf",
  ].join("\n");
}

function curl(origin: string, key: string): string {
  const event = {
    type: "model_response",
    traceId: "first-trace",
    body: {
      model: "gpt-4o-mini",
      prompt: "What is WatchLLM?",
      response: "It shows what agents do.",
      usage: { inputTokens: 12, outputTokens: 9 },
    },
  };
  return [
    `curl ${origin}/api/v1/events \\`,
    `  -H 'Authorization: Bearer ${key}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(event)}'`,
  ].join("\n");
}
