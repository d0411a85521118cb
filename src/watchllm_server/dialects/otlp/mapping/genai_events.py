"""Messages that stand in events instead of attributes: on the span, or as a list inside one of its attributes.

`gen_ai.{system,user,assistant,tool}.message` and `gen_ai.choice` with fields of their own, or with a body as JSON;
and the events that carry the span's content attributes for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.genai_parts import canonical_parts
from watchllm_server.dialects.otlp.mapping.reading import parsed
from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.messages import JsonObject, canonical_role

_SPEAKERS: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
_CARRIERS: Final = frozenset(
    {"gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion"}
)

# The name of an event, and its fields.
Happened = tuple[str, JsonObject]


def happened_on(span: Span) -> list[Happened]:
    """Return the events of a span as names and fields."""
    return [(event.name, event.attributes) for event in span.events]


def with_carried(span: Span) -> dict[str, Any]:
    """Return the span's attributes, and below them those that an event carries for it."""
    carried = [event.attributes for event in span.events if event.name in _CARRIERS]
    if not carried:
        return span.attributes
    return {key: value for attributes in (*carried, span.attributes) for key, value in attributes.items()}


def sent_messages(events: Iterable[Happened]) -> list[JsonObject]:
    """Return what the model was sent."""
    found: list[JsonObject] = []
    for name, fields in events:
        if (role := _SPEAKERS.get(name)) is not None:
            body = _body(fields)
            found += to_messages({"role": body.get("role", role), **body}, role)[:1]
    return canonical_parts(found)


def said_messages(events: Iterable[Happened]) -> list[JsonObject]:
    """Return what the model said."""
    return [message for name, fields in events if name == _CHOICE for message in _choice(fields)]


def _choice(fields: JsonObject) -> list[JsonObject]:
    body = _body(fields)
    given = body.get("message")
    message = cast(JsonObject, given) if isinstance(given, dict) else {"content": given} if given else body
    found = to_messages({"role": "assistant", **message}, "assistant")
    reason = body.get("finish_reason")
    if found and isinstance(reason, str):
        found[0]["finish_reason"] = reason
    return canonical_parts(found)


def _body(fields: JsonObject) -> JsonObject:
    """Return the fields of a message: those of the event, or the JSON that one of them holds."""
    nested = parsed(fields.get("gen_ai.event.content"))
    if isinstance(nested, dict):
        return cast(JsonObject, nested)
    body = {key: _decoded(key, value) for key, value in fields.items()}
    if "role" in body:
        body["role"] = canonical_role(str(body["role"]))
    return body


def _decoded(key: str, value: Any) -> Any:
    if key in ("message", "tool_calls"):
        return parsed(value)
    # Blocks of content; a text that happens to be an object stays the text that it is.
    return parsed(value) if key == "content" and isinstance(value, str) and value[:2] == "[{" else value
