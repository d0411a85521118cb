"""All targets: how each is run, how its inputs are changed, and the words of its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fuzz import encodings, filters, formats, headers, ids, parameters
from tests.fuzz.mutation import Mutator, mutate_body, mutate_bytes, mutate_json, protobuf_mutator
from watchllm_server.model.event import EVENT_TYPES
from watchllm_server.model.filter import EVENT_FIELDS, OPERATORS, TRACE_FIELDS

CORPUS: Final = Path(__file__).parent / "corpus"

_ENVELOPE: Final = (
    "eventId", "event_id", "projectId", "type", "timestamp", "sdk", "traceId", "parentEventId", "sessionId", "userId",
    "environment", "release", "tags", "context", "body",
)  # fmt: skip
_BODY: Final = (
    "level", "message", "metadata", "stack", "name", "spanId", "start", "end", "durationMs", "latencyMs", "input",
    "output", "status", "attributes", "model", "inputTokens", "outputTokens", "cacheReadTokens", "costUSD", "role",
    "content", "prompt", "messages", "response", "finishReason", "usage", "action", "agentName", "stepIndex", "state",
    "toolName", "arguments", "result", "query", "results", "vectorDimensions", "metric", "value", "label", "payload",
)  # fmt: skip
_MESSAGE: Final = (
    "parts", "text", "image_url", "tool_calls", "tool_call_id", "function", "id", "choices", "candidates", "thinking",
    "tool_use", "tool_result", "tool_call", "tool_call_response", "functionCall", "functionResponse", "reasoning",
    "summary", "refusal", "source", "data", "user", "assistant", "system", "tool", "human", "ai", "gpt-4o",
)  # fmt: skip
_OTLP: Final = (
    "resourceSpans", "resource", "scopeSpans", "scope", "spans", "traceId", "spanId", "parentSpanId", "kind",
    "startTimeUnixNano", "endTimeUnixNano", "attributes", "key", "value", "stringValue", "intValue", "doubleValue",
    "boolValue", "arrayValue", "kvlistValue", "bytesValue", "values", "status", "code", "events", "timeUnixNano",
    "links", "droppedAttributesCount", "traceState", "version", "resourceMetrics",
)  # fmt: skip
_GENAI: Final = (
    "gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.provider.name", "gen_ai.system",
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.prompt",
    "gen_ai.completion", "gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.prompt.10.content",
    "gen_ai.completion.0.tool_calls.0.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cost", "gen_ai.response.finish_reasons", "gen_ai.tool.name",
    "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "gen_ai.event.content",
    "gen_ai.choice", "gen_ai.user.message", "exception", "exception.message", "session.id", "tags", "tag.tags",
    "watchllm.project_id", "chat", "execute_tool", "retrieval", "invoke_agent",
)  # fmt: skip
# One or two names of every emitter, by which its mapper is chosen, and where its messages stand.
_EMITTERS: Final = (
    "openinference.span.kind", "llm.model_name", "llm.input_messages.0.message.role", "input.value", "output.value",
    "llm.input_messages.0.message.content", "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
    "llm.token_count.prompt", "retrieval.documents.0.document.content", "metadata", "llm.invocation_parameters",
    "traceloop.span.kind", "traceloop.entity.name", "traceloop.entity.input", "traceloop.entity.output",
    "llm.request.type", "llm.usage.prompt_tokens", "llm.prompts.0.content", "llm.completions.0.content",
    "ai.operationId", "ai.model.id", "ai.prompt", "ai.prompt.messages", "ai.response.text", "ai.response.toolCalls",
    "ai.toolCall.name", "ai.toolCall.args", "ai.usage.promptTokens", "ai.telemetry.metadata.userId",
    "langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output", "langfuse.trace.tags",
    "langfuse.observation.usage_details", "langfuse.observation.cost_details", "langfuse.observation.model.name",
    "langsmith.span.kind", "langsmith.span.tags", "langsmith.metadata.x", "LLM", "CHAIN", "TOOL", "generation",
)  # fmt: skip
_LOGS: Final = (
    "resourceLogs", "scopeLogs", "logRecords", "severityNumber", "severityText", "observedTimeUnixNano", "eventName",
    "event.name", "gen_ai.choice", "exception.type", "flags",
)  # fmt: skip
_SCORES: Final = (
    "id", "traceId", "observationId", "sessionId", "name", "value", "dataType", "comment", "metadata", "configId",
    "environment", "NUMERIC", "CATEGORICAL", "BOOLEAN", "batch", "body", "type", "score-create", "timestamp",
)  # fmt: skip
_TRACES: Final = protobuf_mutator(ExportTraceServiceRequest)
_LOG_RECORDS: Final = protobuf_mutator(ExportLogsServiceRequest)
_FILTER: Final = (
    "and", "or", "not", "field", "op", "value", "attributes.x",
    *sorted({operator for known in OPERATORS.values() for operator in known}),
)  # fmt: skip
_QUERY: Final = (
    "from=", "to=", "cursor=", "limit=", "sort=", "filter=", "&", "%2B", "2026-11-20T12:00:00Z", "T24:00:00",
)  # fmt: skip
_HEADER: Final = (
    "application/json", "application/x-protobuf", "charset=", "utf-8", ";", '{"queue_full":1}', "text/plain",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One decoder. `run` raises for anything but the documented refusals; inputs have at most `max_bytes`."""

    run: Callable[[bytes], None]
    mutator: Mutator = mutate_bytes
    words: tuple[str, ...] = ()
    max_bytes: int = 4 * 1024


TARGETS: Final[dict[str, Target]] = {
    "native": Target(formats.run_native, mutate_json, (*_ENVELOPE, *_BODY, *_MESSAGE, *sorted(EVENT_TYPES)), 16_384),
    "otlp-json": Target(formats.run_otlp_json, mutate_json, (*_OTLP, *_GENAI, *_EMITTERS, *_MESSAGE), 16_384),
    "otlp-protobuf": Target(formats.run_otlp_protobuf, _TRACES, (*_OTLP, *_GENAI, *_EMITTERS, *_MESSAGE), 16_384),
    "logs-json": Target(formats.run_logs_json, mutate_json, (*_LOGS, *_OTLP), 16_384),
    "logs-protobuf": Target(formats.run_logs_protobuf, _LOG_RECORDS, (*_LOGS, *_OTLP), 16_384),
    "scores": Target(formats.run_scores, mutate_json, _SCORES, 8_192),
    "body": Target(encodings.run_body, mutate_body, max_bytes=65_536),
    "query": Target(parameters.run_query, words=_QUERY),
    "filter": Target(filters.run_filter, mutate_json, (*_FILTER, *EVENT_FIELDS, *TRACE_FIELDS)),
    "id": Target(ids.run_id, max_bytes=600),
    "header": Target(headers.run_header, words=_HEADER, max_bytes=2_048),
}


def kept_inputs(name: str) -> list[Path]:
    """Return the kept inputs of a target, those that once failed among them."""
    return sorted((CORPUS / name).iterdir())
