"""A batch as bytes: native JSON or OTLP protobuf. It adds nothing that is not in the content."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.oracle.content import Content, Expected
from tests.oracle.record import Batch
from watchllm_server.model.times import to_rfc3339

# The event type that each kind must have in the store, by wire format.
NATIVE_TYPES = {
    "agent": "agent_action",
    "chat": "model_response",
    "tool": "tool_call",
    "retrieval": "retrieval",
    "step": "span",
    "note": "custom",
}
OTLP_TYPES = {**NATIVE_TYPES, "note": "span"}

# Natively these are sent without any duration, as they often are.
KINDS_WITHOUT_DURATION = ("agent", "retrieval", "note")

ENVIRONMENT = "oracle"
RELEASE = "1.0.0"


def encode(content: Content, batch: Batch) -> tuple[str, dict[str, str], bytes]:
    """Return path, headers and body of the request; equal for every attempt of a batch."""
    events = [content.event(index) for index in batch.indices]
    if batch.wire_format == "native":
        path, kind, body = "/api/v1/events/batch", "application/json", native_body(events)
    else:
        path, kind, body = "/v1/traces", "application/x-protobuf", otlp_body(events)
    headers = {"Content-Type": kind}
    if batch.is_gzipped:
        headers["Content-Encoding"] = "gzip"
        body = _gzip(body)
    return path, headers, body


def native_body(events: list[Expected]) -> bytes:
    """Return the events as a native JSON batch."""
    return msgspec.json.encode([_native_event(event) for event in events])


def otlp_body(events: list[Expected]) -> bytes:
    """Return the events as an OTLP export request of one resource and one scope."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend(
        _attributes(
            {
                "service.name": "oracle",
                "service.version": RELEASE,
                "deployment.environment.name": ENVIRONMENT,
            }
        )
    )
    scope = resource.scope_spans.add()
    scope.scope.name = "oracle"
    scope.spans.extend(_span(event) for event in events)
    return request.SerializeToString()


def _native_event(event: Expected) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "eventId": event.event_id,
        "type": NATIVE_TYPES[event.kind],
        "timestamp": to_rfc3339(event.start_us),
        "traceId": event.trace_id,
        "sessionId": event.session_id,
        "userId": event.user_id,
        "environment": ENVIRONMENT,
        "release": RELEASE,
        "tags": ["oracle"],
        "body": _native_fields(event),
    }
    if event.parent_event_id:
        envelope["parentEventId"] = event.parent_event_id
    return envelope


def _native_fields(event: Expected) -> dict[str, Any]:
    asked, said, latency_ms = event.input_text, event.output_text, event.duration_us // 1_000
    match event.kind:
        case "agent":
            return {"action": "answer", "agentName": event.name, "input": asked, "output": said, "stepIndex": 0}
        case "chat":
            usage = {"inputTokens": event.input_tokens, "outputTokens": event.output_tokens}
            messages = [{"role": "user", "content": asked}]
            described = {"model": event.model, "provider": "openai", "latencyMs": latency_ms, "finishReason": "stop"}
            return {**described, "messages": messages, "response": said, "usage": usage}
        case "tool":
            return {"toolName": event.name, "arguments": {"q": asked}, "result": said, "durationMs": latency_ms}
        case "retrieval":
            found = [{"id": "doc-1", "score": 0.75, "text": said}]
            return {"query": asked, "results": found, "vectorDimensions": 256}
        case "step":
            times = {"start": to_rfc3339(event.start_us), "end": to_rfc3339(event.start_us + event.duration_us)}
            return {"name": event.name, "status": "ok", "input": asked, "output": said, **times}
        case "note":
            return {"name": event.name, "payload": {"asked": asked, "said": said}}


def _span(event: Expected) -> Span:
    return Span(
        trace_id=bytes.fromhex(event.trace_id),
        span_id=bytes.fromhex(event.span_id),
        parent_span_id=bytes.fromhex(event.parent_span_id),
        name=event.name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=event.start_us * 1_000,
        end_time_unix_nano=(event.start_us + event.duration_us) * 1_000,
        attributes=_attributes(
            {"session.id": event.session_id, "user.id": event.user_id, **_otlp_fields(event)},
        ),
    )


def _otlp_fields(event: Expected) -> dict[str, str | int]:
    asked, said = event.input_text, event.output_text
    messages = {
        "gen_ai.input.messages": _messages("user", asked),
        "gen_ai.output.messages": _messages("assistant", said),
    }
    match event.kind:
        case "agent":
            return {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": event.name, **messages}
        case "chat":
            return {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": event.model,
                "gen_ai.response.model": event.model,
                "gen_ai.usage.input_tokens": event.input_tokens,
                "gen_ai.usage.output_tokens": event.output_tokens,
                **messages,
            }
        case "tool":
            return {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": event.name,
                "gen_ai.tool.call.arguments": msgspec.json.encode({"q": asked}).decode(),
                "gen_ai.tool.call.result": said,
            }
        case "retrieval":
            documents = msgspec.json.encode([{"id": "doc-1", "score": 0.75, "content": said}]).decode()
            asked_for = {"gen_ai.retrieval.query.text": asked, "gen_ai.retrieval.documents": documents}
            return {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": event.name, **asked_for}
        case "step" | "note":
            return {"oracle.asked": asked, "oracle.said": said}


def _messages(role: str, text: str) -> str:
    return msgspec.json.encode([{"role": role, "parts": [{"type": "text", "content": text}]}]).decode()


def _attributes(values: dict[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(key=key, value=AnyValue(string_value=value) if isinstance(value, str) else AnyValue(int_value=value))
        for key, value in values.items()
    ]


def _gzip(body: bytes) -> bytes:
    # 31: the gzip container. Level 1, as exporters use: the oracle must not be the slow part.
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(body) + packer.flush()
