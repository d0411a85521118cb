"""Puts OpenInference's flattened messages and documents together: `llm.input_messages.0.message.content`."""

from __future__ import annotations

from typing import Any, Final, cast

from watchllm_server.dialects.content_parts import part_of, tool_call
from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.genai_parts import canonical_parts
from watchllm_server.dialects.otlp.mapping.indexed import collect_indexed, listed, understood
from watchllm_server.dialects.otlp.mapping.reading import as_list, parsed
from watchllm_server.model.messages import JsonObject, text_message

Found = tuple[list[JsonObject], set[str]]
# Prompts and answers of models that complete a text: prefix, and where the text stands.
_TEXTS: Final = {"input": ("llm.prompts.", "prompt"), "output": ("llm.choices.", "completion")}
_FIELDS: Final = frozenset(
    {"role", "name", "content", "contents", "tool_calls", "tool_call_id", "finish_reason", "function_call_name",
     "function_call_arguments_json"}
)  # fmt: skip
_SPEAKERS: Final = {"input": "user", "output": "assistant"}


def messages_under(attributes: dict[str, Any], name: str) -> Found:
    """Return the messages below a name, or those of the JSON text that stands there instead."""
    items, used = collect_indexed(attributes, f"{name}.")
    used = understood(used, f"{name}.", _FIELDS)
    role = _SPEAKERS["input" if "input" in name else "output"]
    if not items:
        whole = as_list(attributes.get(name))
        items = [cast(JsonObject, item) for item in whole if isinstance(item, dict)]
        used = {name} if whole else set[str]()
    return canonical_parts([m for item in items for m in to_messages(_message(item), role)]), used


def _message(item: JsonObject) -> JsonObject:
    inner: Any = item.get("message", item)
    if not isinstance(inner, dict):
        return {"content": inner}
    # A list that came as one JSON text has its keys with dots in them.
    given = {key.removeprefix("message."): value for key, value in cast(JsonObject, inner).items()}
    message: JsonObject = {key: given[key] for key in ("role", "name", "tool_call_id", "finish_reason") if key in given}
    calls = [_call(call) for call in _items(given.get("tool_calls"))]
    if "function_call_name" in given:
        arguments = given.get("function_call_arguments_json")
        calls.append(tool_call({"name": given["function_call_name"], "arguments": arguments}))
    message["content"] = given.get("content")
    if contents := _items(given.get("contents")):
        message["content"] = [_content(content) for content in contents]
    if calls:
        message["tool_calls"] = calls
    return message


def _items(value: Any) -> list[Any]:
    found = parsed(value)
    return cast(list[Any], found) if isinstance(found, list) else listed(found)


def _call(item: Any) -> JsonObject:
    given = _inside(item, "tool_call")
    function = _inside(given.get("function"), "function") or {
        key.removeprefix("function."): value for key, value in given.items() if key.startswith("function.")
    }
    return tool_call({"id": given.get("id"), **function} if function else given)


def _content(item: Any) -> JsonObject:
    if isinstance(item, dict) and "tool_call" in item:
        return _call(cast(JsonObject, item))
    given = _inside(item, "message_content")
    image = _inside(given.get("image"), "image") or _inside(given.get("image.image"), "image")
    if image:
        return part_of({"type": "image_url", "image_url": {"url": image.get("url")}})
    return part_of(given)


def _inside(value: Any, name: str) -> JsonObject:
    """Return what stands below a name, whether as an object in an object or as keys with the name before a dot."""
    if not isinstance(value, dict):
        return {}
    given = cast(JsonObject, value)
    inner = given.get(name)
    if isinstance(inner, dict):
        return cast(JsonObject, inner)
    return {key.removeprefix(f"{name}."): item for key, item in given.items()}


def texts_under(attributes: dict[str, Any], side: str) -> Found:
    """Return the prompts or the completions of a model that completes a text."""
    prefix, name = _TEXTS[side]
    items, used = collect_indexed(attributes, prefix)
    texts = [_inside(item, name).get("text") for item in items]
    return [text_message(_SPEAKERS[side], text) for text in texts if isinstance(text, str)], used


def documents(attributes: dict[str, Any], name: str) -> Found:
    """Return retrieved documents: id, score, content and metadata of each."""
    items, used = collect_indexed(attributes, f"{name}.")
    found = [_inside(item, "document") for item in items]
    return [{key: parsed(value) if key == "metadata" else value for key, value in one.items()} for one in found], used
