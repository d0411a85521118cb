"""Parts of messages as OpenTelemetry GenAI has them today: `response` for `result`, arguments decoded."""

from __future__ import annotations

from typing import Any, cast

from watchllm_server.dialects.otlp.mapping.reading import parsed
from watchllm_server.model.messages import JsonObject


def canonical_parts(messages: list[JsonObject]) -> list[JsonObject]:
    """Read `result` of older emitters as `response`, and arguments that came as JSON text; changes the messages."""
    for message in messages:
        message["parts"] = [canonical_part(part) for part in message.get("parts") or ()]
    return messages


def canonical_part(part: Any) -> JsonObject:
    """Return one part, or a bare value as a text."""
    if not isinstance(part, dict):
        return {"type": "text", "content": part}
    given = cast(JsonObject, part)
    kind = given.get("type")
    if kind == "tool_call_response" and "response" not in given and "result" in given:
        given["response"] = given.pop("result")
    if kind == "tool_call" and isinstance(given.get("arguments"), str):
        given["arguments"] = parsed(given["arguments"])
    return given
