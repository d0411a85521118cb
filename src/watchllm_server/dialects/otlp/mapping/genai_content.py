"""Messages of GenAI spans in all the places they have stood, as canonical lists.

Newest first: `gen_ai.input.messages`; indexed `gen_ai.prompt.N.*`; one JSON text `gen_ai.prompt`; span events
`gen_ai.*.message` and `gen_ai.choice`. What cannot be read is left an attribute.
"""

from __future__ import annotations

from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.canonical import canonical_messages
from watchllm_server.dialects.otlp.mapping.indexed import collect_indexed
from watchllm_server.dialects.otlp.span import Span, SpanEvent
from watchllm_server.model.messages import JsonObject, canonical_role

Found = tuple[list[JsonObject], set[str]]
_MESSAGE_EVENTS: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


def input_messages(span: Span) -> Found:
    """Return what the model was sent, and the attributes it was read from."""
    messages, used = _first_of(span.attributes, ("gen_ai.input.messages", "gen_ai.prompt"), "user")
    if not messages:
        messages, used = _indexed(span.attributes, "gen_ai.prompt.", "user")
    if not messages and span.events:
        messages = [m for happened in span.events if (m := _event_message(happened)) is not None]
    instructions = _parsed(span.attributes.get("gen_ai.system_instructions"))
    if instructions is not None:
        parts = cast(list[Any], instructions) if isinstance(instructions, list) else [instructions]
        system = {"role": "system", "parts": [_part(part) for part in parts]}
        return [system, *messages], used | {"gen_ai.system_instructions"}
    return messages, used


def output_messages(span: Span) -> Found:
    """Return what the model said, and the attributes it was read from."""
    messages, used = _first_of(span.attributes, ("gen_ai.output.messages", "gen_ai.completion"), "assistant")
    if not messages:
        messages, used = _indexed(span.attributes, "gen_ai.completion.", "assistant")
    if not messages and span.events:
        choices = [e for e in span.events if e.name == "gen_ai.choice"]
        messages = [m for choice in choices for m in _choice(choice)]
    reasons = _parsed(span.attributes.get("gen_ai.response.finish_reasons"))
    if isinstance(reasons, list):
        for message, reason in zip(messages, cast(list[Any], reasons), strict=False):
            if isinstance(reason, str):
                message.setdefault("finish_reason", reason)
    return messages, used


def _first_of(attributes: dict[str, Any], keys: tuple[str, ...], role: str) -> Found:
    for key in keys:
        if key in attributes:
            if messages := canonical_messages(attributes[key]):
                return messages, {key}
            value = _parsed(attributes[key])
            if value is not None:
                return [_canonical(m) for m in to_messages(value, role)], {key}
    return [], set()


def _parsed(value: Any) -> Any:
    """Return JSON text decoded; a text that is not JSON (or was cut in half) as it is."""
    if not isinstance(value, str):
        return value
    if value[:1] not in ("[", "{", '"'):
        return value or None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _canonical(message: JsonObject) -> JsonObject:
    """Read `result` of older emitters as `response`, and arguments that came as JSON text."""
    message["parts"] = [_part(part) for part in message.get("parts") or ()]
    return message


def _part(part: Any) -> JsonObject:
    if not isinstance(part, dict):
        return {"type": "text", "content": part}
    given = cast(JsonObject, part)
    kind = given.get("type")
    if kind == "tool_call_response" and "response" not in given and "result" in given:
        given["response"] = given.pop("result")
    if kind == "tool_call" and isinstance(given.get("arguments"), str):
        given["arguments"] = _parsed(given["arguments"])
    return given


def _indexed(attributes: dict[str, Any], prefix: str, role: str) -> Found:
    items, used = collect_indexed(attributes, prefix)
    return [_canonical(m) for item in items for m in to_messages(_with_lists(item), role)], used


def _with_lists(item: JsonObject) -> JsonObject:
    calls: Any = item.get("tool_calls")
    if isinstance(calls, dict):
        numbered = cast(JsonObject, calls)
        # By length first: "10" comes after "9".
        item["tool_calls"] = [numbered[key] for key in sorted(numbered, key=lambda key: (len(key), key))]
    if "content" not in item and not item.get("tool_calls"):
        item["content"] = ""
    if isinstance(item.get("content"), str):
        decoded = _parsed(item["content"])
        item["content"] = decoded if isinstance(decoded, list) else item["content"]
    return item


def _event_message(happened: SpanEvent) -> JsonObject | None:
    role = _MESSAGE_EVENTS.get(happened.name)
    if role is None:
        return None
    body = _event_body(happened)
    (message,) = to_messages({"role": body.get("role", role), **body}, role)[:1]
    return _canonical(message)


def _choice(happened: SpanEvent) -> list[JsonObject]:
    body = _event_body(happened)
    given = body.get("message")
    message = cast(JsonObject, given) if isinstance(given, dict) else body
    found = to_messages({"role": "assistant", **message}, "assistant")
    reason = body.get("finish_reason")
    if found and isinstance(reason, str):
        found[0]["finish_reason"] = reason
    return [_canonical(m) for m in found]


def _event_body(happened: SpanEvent) -> JsonObject:
    """Return the fields of a message event: its attributes, or the JSON that one of them holds."""
    nested = _parsed(happened.attributes.get("gen_ai.event.content"))
    if isinstance(nested, dict):
        return cast(JsonObject, nested)
    body = {key: _parsed(value) if key in ("message", "tool_calls") else value
            for key, value in happened.attributes.items()}  # fmt: skip
    if "role" in body:
        body["role"] = canonical_role(str(body["role"]))
    return body
