"""The OpenAPI description of the routes that accept events: they read bodies themselves, so it is written here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from watchllm_server.model.event import EVENT_TYPES

_PROTOBUF: Final = "application/x-protobuf"
_NO_OTHERS: Final[Mapping[str, str]] = {}
_TEXT: Final = {"type": "string"}
_OBJECT: Final = {"type": "object", "additionalProperties": True}
_ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "description": "One event. Keys may be written in snake_case too; unknown keys are kept.",
    "required": ["type", "body"],
    "properties": {
        "type": {"type": "string", "enum": sorted(EVENT_TYPES)},
        "body": {**_OBJECT, "description": "What the type asks for."},
        "eventId": {**_TEXT, "description": "Makes a repeat harmless; without it the server makes one."},
        "projectId": {**_TEXT, "description": "Must be the key's project when given."},
        "traceId": {**_TEXT, "description": "Events with one trace id are one trace."},
        "parentEventId": _TEXT,
        "timestamp": {"type": "string", "format": "date-time", "description": "Default: the time of acceptance."},
        "sessionId": _TEXT,
        "userId": _TEXT,
        "environment": _TEXT,
        "release": _TEXT,
        "tags": {"type": "array", "items": _TEXT},
        "context": {**_OBJECT, "description": "Looked into for what the envelope leaves out."},
        "sdk": {"type": "object", "properties": {"name": _TEXT, "version": _TEXT}},
    },
}
_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["code", "message"], "properties": {"code": _TEXT, "message": _TEXT}}
    },
}
# OTLP answers in the encoding of the request, also when it refuses.
_STATUS: Final = {
    "type": "object",
    "description": "A `google.rpc.Status`",
    "properties": {"code": {"type": "integer"}, "message": _TEXT},
}
_INVALID: Final = "Some of the events are wrong, and none was accepted; `errors` names each."
_REFUSALS: Final = {
    "400": "Nothing was accepted: the body or an event is wrong.",
    "401": "No API key, or not one of this server.",
    "403": "The key lacks the scope `ingest`.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large, as sent or decompressed, or has too many events.",
    "415": "An unknown content type or encoding.",
    "429": "The queue is full; try again after `Retry-After`.",
    "503": "Nothing can be accepted now; try again after `Retry-After`.",
}


def describe_ingest() -> dict[str, Any]:
    """Return the paths of an OpenAPI document: path → method → operation."""
    event = {"$ref": "#/components/schemas/Event"}
    single = {"status": {"type": "string", "const": "queued"}, "event_id": _TEXT}
    batch = {
        "status": {"type": "string", "const": "queued"},
        "count": {"type": "integer", "description": "Distinct events."},
        "event_ids": {"type": "array", "items": _TEXT, "description": "In the order of the request."},
        "duplicates": {"type": "integer"},
    }
    described = {**_OBJECT, "description": "The message of the OTLP specification"}
    export = {media: {"schema": described} for media in (_PROTOBUF, "application/json")}
    return {
        "/api/v1/events": {
            "post": _operation("send_event", "Accept one event", _json(event), "202", _json(_all_of(single)))
        },
        "/api/v1/events/batch": {
            "post": _operation(
                "send_events",
                "Accept up to 100 events, all or none",
                _json({"type": "array", "minItems": 1, "maxItems": 100, "items": event}),
                "202",
                _json(_all_of(batch)),
            )
        },
        "/v1/traces": {
            "post": _operation("send_otlp_traces", "Accept OpenTelemetry traces (OTLP/HTTP)", export, "200", export)
        },
        **_describe_compat(export),
    }


def _describe_compat(export: dict[str, Any]) -> dict[str, Any]:
    """Return the further routes of OpenTelemetry, and those for SDKs made for other servers."""
    score = {**_OBJECT, "description": "A score as the SDKs of Langfuse post it, or a list of them"}
    accepted = {**_OBJECT, "description": "`id` of a single score; `message` for a list"}
    operations = {
        "/v1/logs": _operation("send_otlp_logs", "Accept OpenTelemetry logs (OTLP/HTTP)", export, "200", export),
        "/v1/metrics": _operation(
            "send_otlp_metrics", "Take OpenTelemetry metrics, which are counted and dropped", export, "200", export
        ),
        "/api/public/otel/v1/traces": _operation(
            "send_langfuse_traces", "Accept the traces of a Langfuse SDK", export, "200", export
        ),
        "/otel/v1/traces": _operation(
            "send_langsmith_traces",
            "Accept the traces of a LangSmith SDK in its OpenTelemetry mode",
            export,
            "200",
            export,
        ),
        "/api/public/scores": _operation(
            "send_langfuse_scores",
            "Accept the scores of a Langfuse SDK",
            _json(score),
            "202",
            _json(accepted),
            also={"200": "A single score is on disk in the queue.", "207": "Of a list, `errors` names the refused."},
        ),
    }
    return {path: {"post": operation} for path, operation in operations.items()}


def ingest_schemas() -> dict[str, Any]:
    """Return the schemas that the operations name."""
    return {"Event": _ENVELOPE, "Error": _ERROR, "Status": _STATUS}


def _operation(
    name: str,
    summary: str,
    body: dict[str, Any],
    status: str,
    answer: dict[str, Any],
    *,
    also: Mapping[str, str] = _NO_OTHERS,
) -> dict[str, Any]:
    """Return an operation; `also` describes what else it may answer to what it accepts, in a body of the same kind."""
    is_otlp = _PROTOBUF in answer
    error = {"$ref": f"#/components/schemas/{'Status' if is_otlp else 'Error'}"}
    content = {media: {"schema": error} for media in answer}
    # A single bad span is counted in a partial success; a native batch is accepted whole or not at all.
    codes = _REFUSALS if is_otlp else {**_REFUSALS, "422": _INVALID}
    refusals = {code: {"description": text, "content": content} for code, text in codes.items()}
    return {
        "tags": ["ingest"],
        "operationId": name,
        "summary": summary,
        "description": "Answered only after the events are on disk. Bodies may be gzip, deflate or zstd.",
        "requestBody": {"required": True, "content": body},
        "responses": {
            **{code: {"description": text, "content": answer} for code, text in also.items()},
            status: {"description": "On disk in the queue.", "content": answer},
            **refusals,
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _all_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
