"""Reads one content block of a provider's API as a canonical part; what is not known here is kept as it came.

The blocks of OpenAI's chat and responses, of Anthropic's messages, of Gemini's contents and of LangChain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.media_parts import inline_media, media
from watchllm_server.model.messages import JsonObject

# The decoder reads 1,024 levels and the encoder writes 254, with the 64 of the event around them.
_MAX_DEPTH: Final = 100


def parts_of(content: Any) -> list[JsonObject]:
    """Return the parts of a message's content: a text, a block, or a list of both."""
    if content is None:
        return []
    if isinstance(content, list):
        return [part_of(item) for item in cast(list[Any], content)]
    return [part_of(content)]


def part_of(item: Any) -> JsonObject:
    """Return a text or a block as a part."""
    if isinstance(item, str):
        return {"type": "text", "content": item}
    if not isinstance(item, dict):
        return {"type": "json", "content": item}
    block = cast(JsonObject, item)
    kind = block.get("type")
    if isinstance(kind, str):
        return _READERS[kind](block) if kind in _READERS else block
    read = _untyped_reader(block)
    return read(block) if read else {"type": "json", "content": block}


def is_block(item: Mapping[str, Any]) -> bool:
    """Return whether a mapping that stands where messages do is a block without its message."""
    kind = item.get("type")
    return kind in _READERS if isinstance(kind, str) else _untyped_reader(item) is not None or is_bare_call(item)


def is_bare_call(item: Mapping[str, Any]) -> bool:
    """Return whether a mapping is the name and arguments of a tool call and nothing more."""
    return isinstance(item.get("name"), str) and ("arguments" in item or "args" in item) and item.keys() <= _CALL_KEYS


def tool_call(call: Any) -> JsonObject:
    """Return one call of a tool, with its arguments decoded where they came as JSON text."""
    if not isinstance(call, dict):
        return {"type": "json", "content": call}
    given = cast(JsonObject, call)
    if given.get("type") == "tool_call" and "arguments" in given:
        return {**given, "arguments": decoded(given["arguments"])}
    function = next(
        (given[key] for key in ("function", "functionCall", "function_call", "toolUse") if key in given), None
    )
    source = cast(JsonObject, function) if isinstance(function, dict) else given
    part: JsonObject = {"type": "tool_call", "name": source.get("name", source.get("toolName"))}
    call_id = given.get("call_id") or given.get("id") or source.get("id") or _sdk_id(source)
    if call_id is not None:
        part["id"] = call_id
    part["arguments"] = decoded(source.get("arguments", source.get("args", source.get("input"))))
    return part


def _sdk_id(source: JsonObject) -> Any:
    """Return a call's id as the AI SDK and Bedrock name it."""
    return source.get("toolCallId") or source.get("toolUseId")


def decoded(value: Any) -> Any:
    """Return the object or list that a JSON text holds; any other value, and a text cut in half, as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    # Few brackets cannot be deep: most texts need not be walked.
    return value if value.count("[") + value.count("{") > _MAX_DEPTH and _is_deep(found, _MAX_DEPTH) else found


def _is_deep(value: Any, levels: int) -> bool:
    """Tell whether a value is nested in more levels than these."""
    if not isinstance(value, dict | list):
        return False
    inner = cast(JsonObject, value).values() if isinstance(value, dict) else cast(list[Any], value)
    return not levels or any(_is_deep(item, levels - 1) for item in inner)


def _text(block: JsonObject) -> JsonObject:
    # Gemini marks its thoughts instead of giving them a type.
    kind = "reasoning" if block.get("thought") is True else "text"
    return {"type": kind, "content": block["text"]} if "text" in block else block


def _tool_result(block: JsonObject) -> JsonObject:
    if block.get("type") == "tool_call_response" and "response" in block:
        return block
    nested = next((block[key] for key in ("functionResponse", "function_response", "toolResult") if key in block), None)
    source = cast(JsonObject, nested) if isinstance(nested, dict) else block
    call_id = block.get("tool_use_id") or block.get("call_id") or source.get("id") or _sdk_id(source)
    response = next((source[key] for key in ("response", "result", "output", "content") if key in source), None)
    part: JsonObject = {"type": "tool_call_response", "response": response}
    return part if call_id is None else {**part, "id": call_id}


def _reasoning(block: JsonObject) -> JsonObject:
    if isinstance(block.get("content"), str):
        return block if block.get("type") == "reasoning" else {**block, "type": "reasoning"}
    said = next((block[key] for key in ("thinking", "text", "reasoning") if block.get(key)), None)
    nested = block.get("reasoningContent")
    if said is None and isinstance(nested, dict):
        inner: Any = cast(JsonObject, nested).get("reasoningText")
        said = cast(JsonObject, inner).get("text") if isinstance(inner, dict) else None
    if said is None:
        # The responses API gives summaries, each a block of text.
        said = "\n".join(str(part["content"]) for part in parts_of(block.get("summary")) if part.get("content"))
    return {"type": "reasoning", "content": said}


def _refusal(block: JsonObject) -> JsonObject:
    return {"type": "refusal", "content": block.get("refusal", block.get("content"))}


_READERS: Final[dict[str, Callable[[JsonObject], JsonObject]]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "summary_text": _text,
    "thinking": _reasoning,
    "reasoning": _reasoning,
    "refusal": _refusal,
    "image": media,
    "image_url": media,
    "input_image": media,
    "audio": media,
    "input_audio": media,
    "video": media,
    "document": media,
    "file": media,
    "input_file": media,
    "function": tool_call,
    "function_call": tool_call,
    "tool_call": tool_call,
    "tool_use": tool_call,
    "tool-call": tool_call,
    "tool_result": _tool_result,
    "tool-result": _tool_result,
    "tool_call_response": _tool_result,
    "function_call_output": _tool_result,
}
_CALL_HOLDERS: Final = ("function", "functionCall", "function_call", "toolUse")
_CALL_KEYS: Final = frozenset({"name", "arguments", "args", "id", "call_id", "index"})
# Gemini's blocks have no type: one key says what they are, and these may stand beside it.
_UNTYPED: Final[dict[str, Callable[[JsonObject], JsonObject]]] = {
    "text": _text,
    "functionCall": tool_call,
    "function_call": tool_call,
    "functionResponse": _tool_result,
    "function_response": _tool_result,
    "toolUse": tool_call,
    "toolResult": _tool_result,
    "inlineData": inline_media,
    "inline_data": inline_media,
    "fileData": inline_media,
    "file_data": inline_media,
    "image": inline_media,
    "video": inline_media,
    "document": inline_media,
    "reasoningContent": _reasoning,
}
_BESIDE_UNTYPED: Final = frozenset({"thought", "thoughtSignature", "thought_signature"})


def _untyped_reader(block: Mapping[str, Any]) -> Callable[[JsonObject], JsonObject] | None:
    """Return how to read a block without a type; None where it has more, which only its sender understands."""
    said = [key for key in block if block[key] is not None and key not in _BESIDE_UNTYPED]
    return _UNTYPED.get(said[0]) if len(said) == 1 else None
