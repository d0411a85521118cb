"""The OpenAPI description of the routes that accept events: they read bodies themselves, so it is written here."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.model.event import EVENT_TYPES

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
_REFUSALS: Final = {
    "400": "Nothing was accepted: the body or an event is wrong.",
    "401": "No API key, or not one of this server.",
    "403": "The key lacks the scope `ingest`, or an event names another project.",
    "413": "The body is too large, as sent or decompressed.",
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
    export = {media: {"schema": described} for media in ("application/x-protobuf", "application/json")}
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
    }


def ingest_schemas() -> dict[str, Any]:
    """Return the schemas that the operations name."""
    return {"Event": _ENVELOPE, "Error": _ERROR}


def _operation(name: str, summary: str, body: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, Any]:
    refusals = {
        code: {"description": text, "content": _json({"$ref": "#/components/schemas/Error"})}
        for code, text in _REFUSALS.items()
    }
    return {
        "tags": ["ingest"],
        "operationId": name,
        "summary": summary,
        "description": "Answered only after the events are on disk. Bodies may be gzip, deflate or zstd.",
        "requestBody": {"required": True, "content": body},
        "responses": {status: {"description": "On disk in the queue.", "content": answer}, **refusals},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _all_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
