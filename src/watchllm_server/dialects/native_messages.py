"""Turns what applications pass as prompt, messages and response into the canonical list of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from watchllm_server.model.messages import JsonObject, canonical_role, text_message


def prompt_messages(messages: Any, prompt: Any, given: Any) -> list[JsonObject]:
    """Return the messages that a model was sent, whichever way they were given."""
    for value in (messages, prompt, given):
        if value is not None:
            return to_messages(value, "user")
    return []


def response_messages(response: Any, finish_reason: str) -> list[JsonObject]:
    """Return what the model said."""
    if response is None:
        return []
    messages = to_messages(response, "assistant")
    if finish_reason and messages:
        messages[-1].setdefault("finish_reason", finish_reason)
    return messages


def to_messages(value: Any, role: str) -> list[JsonObject]:
    """Return a text, a message or a list of them as canonical messages; anything else as one JSON part."""
    if isinstance(value, str):
        return [text_message(role, value)]
    if isinstance(value, list):
        return [message for item in cast(list[Any], value) for message in to_messages(item, role)]
    if isinstance(value, Mapping):
        return [_message(cast(Mapping[str, Any], value), role)]
    return [{"role": role, "parts": [{"type": "json", "content": value}]}]


def _message(value: Mapping[str, Any], role: str) -> JsonObject:
    known = {"role", "content", "parts", "tool_calls", "toolCalls", "tool_call_id", "toolCallId", "name",
             "finish_reason", "finishReason", "refusal"}  # fmt: skip
    if "role" not in value and not known.intersection(value):
        return {"role": role, "parts": [{"type": "json", "content": dict(value)}]}
    shown_role = canonical_role(str(value.get("role") or role))
    message: JsonObject = {"role": shown_role, "parts": []}
    call_id = value.get("tool_call_id") or value.get("toolCallId")
    if isinstance(value.get("parts"), list):
        message["parts"] = [part if isinstance(part, dict) else _part(part) for part in value["parts"]]
    elif shown_role == "tool":
        part: JsonObject = {"type": "tool_call_response", "response": value.get("content")}
        message["parts"] = [{**part, "id": call_id} if call_id else part]
    else:
        message["parts"] = _parts(value.get("content"))
    calls = value.get("tool_calls") or value.get("toolCalls")
    if isinstance(calls, list):
        message["parts"] += [_tool_call(call) for call in cast(list[Any], calls)]
    if isinstance(value.get("name"), str):
        message["name"] = value["name"]
    finish_reason = value.get("finish_reason") or value.get("finishReason")
    if isinstance(finish_reason, str):
        message["finish_reason"] = finish_reason
    return message


def _parts(content: Any) -> list[Any]:
    if content is None:
        return []
    if isinstance(content, list):
        return [_part(item) for item in cast(list[Any], content)]
    return [_part(content)]


def _part(item: Any) -> JsonObject:
    if isinstance(item, str):
        return {"type": "text", "content": item}
    if not isinstance(item, dict):
        return {"type": "json", "content": item}
    part = cast(JsonObject, item)
    kind = part.get("type")
    if kind in ("text", "input_text", "output_text"):
        return {"type": "text", "content": part.get("text", part.get("content"))}
    if kind == "tool_use":
        return {"type": "tool_call", "id": part.get("id"), "name": part.get("name"), "arguments": part.get("input")}
    if kind == "tool_result":
        return {"type": "tool_call_response", "id": part.get("tool_use_id"), "response": part.get("content")}
    if kind in ("thinking", "reasoning"):
        return {"type": "reasoning", "content": part.get("thinking", part.get("content", part.get("text")))}
    if kind == "image_url":
        return {"type": "uri", "modality": "image", "uri": cast(Any, part.get("image_url") or {}).get("url")}
    return part


def _tool_call(call: Any) -> JsonObject:
    if not isinstance(call, dict):
        return {"type": "json", "content": call}
    given = cast(JsonObject, call)
    function = given.get("function")
    source = cast(JsonObject, function) if isinstance(function, dict) else given
    return {
        "type": "tool_call",
        "id": given.get("id"),
        "name": source.get("name"),
        "arguments": source.get("arguments", source.get("args")),
    }
