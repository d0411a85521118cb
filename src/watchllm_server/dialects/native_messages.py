"""Turns what applications pass as prompt, messages and response into the canonical list of messages.

Takes a text, a message, a list of either, bare content blocks, and the whole answer of a provider's client.
What it does not know is kept as a part of type `json`: nothing that was sent disappears.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from watchllm_server.dialects.content_parts import is_bare_call, is_block, part_of, parts_of, tool_call
from watchllm_server.model.messages import JsonObject, canonical_role, text_message

# What makes a mapping a message; without any of these it is a block or a value of the application's own.
_CONTENT: Final = ("content", "parts", "tool_calls", "toolCalls", "refusal")
# What a message of a provider has beside its content, and nobody reads in a conversation.
_BESIDE_CONTENT: Final = frozenset(
    {"role", "type", "name", "id", "status", "finish_reason", "finishReason", "stop_reason",
     "tool_call_id", "toolCallId"}
)  # fmt: skip
# LangChain says who speaks by the type of its messages.
_SPEAKERS: Final = frozenset({"human", "ai", "system", "tool", "function"})
# Whose block it is, where it stands without its message.
_BLOCK_ROLES: Final = {
    "function_call": "assistant",
    "tool_use": "assistant",
    "tool_call": "assistant",
    "reasoning": "assistant",
    "thinking": "assistant",
    "function_call_output": "tool",
    "tool_call_response": "tool",
}
_RESULTS: Final = ("tool_result", "tool-result", "tool_call_response")


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
    """Return any value as canonical messages; `role` is that of what does not say its own."""
    if isinstance(value, str):
        return [text_message(role, value)]
    if isinstance(value, list):
        return _from_list(cast(list[Any], value), role)
    if isinstance(value, Mapping):
        return _from_mapping(cast(Mapping[str, Any], value), role)
    return [_json_message(value, role)]


def _from_list(items: list[Any], role: str) -> list[JsonObject]:
    """Read each item; blocks in a row that belong to one speaker are one message."""
    messages: list[JsonObject] = []
    is_open = False
    for item in items:
        if not _is_loose_block(item):
            messages += to_messages(item, role)
            is_open = False
            continue
        speaker = _BLOCK_ROLES.get(str(item.get("type")), "assistant" if is_bare_call(item) else role)
        if not is_open or messages[-1]["role"] != speaker:
            messages.append({"role": speaker, "parts": []})
        messages[-1]["parts"].append(_loose_part(item))
        is_open = True
    return messages


def _from_mapping(value: Mapping[str, Any], role: str) -> list[JsonObject]:
    if _is_loose_block(value):
        return _from_list([value], role)
    if "role" not in value:
        for key in ("choices", "candidates"):
            if isinstance(value.get(key), list):
                return [message for one in value[key] for message in _from_choice(one)]
        if isinstance(value.get("output"), list) and value.get("object") == "response":
            return to_messages(value["output"], "assistant")
    if value.get("role") is None and not any(key in value for key in _CONTENT):
        return [_json_message(dict(value), role)]
    return [_message(value, role)]


def _from_choice(choice: Any) -> list[JsonObject]:
    """Read one alternative of a whole answer, as OpenAI and Gemini give them."""
    if not isinstance(choice, Mapping):
        return to_messages(choice, "assistant")
    given = cast(Mapping[str, Any], choice)
    said = next((given[key] for key in ("message", "content", "text") if given.get(key) is not None), dict(given))
    messages = to_messages(said, "assistant")
    reason = given.get("finish_reason") or given.get("finishReason")
    if isinstance(reason, str) and messages:
        messages[-1].setdefault("finish_reason", reason)
    return messages


def _message(value: Mapping[str, Any], role: str) -> JsonObject:
    kind = value.get("type")
    speaker = kind if isinstance(kind, str) and kind in _SPEAKERS else role
    shown_role = canonical_role(str(value.get("role") or speaker))
    message: JsonObject = {"role": shown_role, "parts": _parts(value, shown_role)}
    if isinstance(value.get("name"), str):
        message["name"] = value["name"]
    reason = value.get("finish_reason") or value.get("finishReason") or value.get("stop_reason")
    if isinstance(reason, str):
        message["finish_reason"] = reason
    return message


def _parts(value: Mapping[str, Any], role: str) -> list[JsonObject]:
    if isinstance(value.get("parts"), list):
        return _with_beside([part_of(part) for part in value["parts"]], value, role)
    call_id = value.get("tool_call_id") or value.get("toolCallId")
    if role == "tool" and not _are_results(value.get("content")):
        part: JsonObject = {"type": "tool_call_response", "response": value.get("content")}
        return [{**part, "id": call_id} if call_id else part]
    parts = parts_of(value.get("content"))
    if isinstance(value.get("refusal"), str):
        parts.append({"type": "refusal", "content": value["refusal"]})
    calls = value.get("tool_calls") or value.get("toolCalls")
    if isinstance(calls, list):
        if value.get("content") == "":
            # LangChain's way to say nothing beside the calls.
            parts.clear()
        _add_calls(parts, cast(list[Any], calls))
    if not parts and not any(key in value for key in _CONTENT):
        rest = {key: one for key, one in value.items() if key not in _BESIDE_CONTENT}
        return [{"type": "json", "content": rest}] if rest else []
    return parts


def _add_calls(parts: list[JsonObject], calls: list[Any]) -> None:
    """Add the calls that are not there: LangChain gives those of Anthropic's models twice, as blocks and as calls."""
    known = [part.get("id") for part in parts if part["type"] == "tool_call"]
    parts += [call for call in map(tool_call, calls) if not call.get("id") or call["id"] not in known]


def _with_beside(parts: list[JsonObject], value: Mapping[str, Any], role: str) -> list[JsonObject]:
    """Return parts with the calls, or the id of a call, that LiteLLM leaves beside them."""
    calls = value.get("tool_calls") or value.get("toolCalls")
    call_id = value.get("tool_call_id") or value.get("toolCallId")
    if isinstance(calls, list):
        parts = [part for part in parts if part.get("type") != "text" or part.get("content")]
        _add_calls(parts, cast(list[Any], calls))
    elif role == "tool" and call_id and len(parts) == 1 and parts[0].get("type") == "text":
        return [{"type": "tool_call_response", "response": parts[0].get("content"), "id": call_id}]
    return parts


def _are_results(content: Any) -> bool:
    """Tell whether a tool's message holds its results as blocks, each with the id of its call."""
    items = cast(list[Any], content) if isinstance(content, list) else []
    kinds = [cast(JsonObject, item).get("type") if isinstance(item, dict) else None for item in items]
    return bool(kinds) and all(kind in _RESULTS for kind in kinds)


def _is_loose_block(item: Any) -> bool:
    if not isinstance(item, Mapping):
        return False
    given = cast(Mapping[str, Any], item)
    return (
        "role" not in given
        and not any(key in given for key in ("parts", "tool_calls", "toolCalls"))
        and is_block(given)
    )


def _loose_part(item: Mapping[str, Any]) -> JsonObject:
    return tool_call(item) if is_bare_call(item) and "type" not in item else part_of(dict(item))


def _json_message(value: Any, role: str) -> JsonObject:
    return {"role": role, "parts": [{"type": "json", "content": value}]}
