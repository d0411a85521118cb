"""Whole requests and answers of providers' clients, as some emitters send them: the messages and usage inside."""

from __future__ import annotations

from typing import Any, Final, cast

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.genai_parts import canonical_parts
from watchllm_server.dialects.otlp.mapping.reading import dumps
from watchllm_server.model.messages import JsonObject, shown_output, text_message

# Where a request has its conversation: OpenAI's and Anthropic's, the responses API's, Gemini's, plain completions'.
_REQUEST_KEYS: Final = ("messages", "input", "contents", "prompts", "prompt")
_SYSTEM_KEYS: Final = ("system", "instructions", "systemInstruction", "system_instruction")
# A chain's answer is often one of these and nothing else.
_ANSWER_KEYS: Final = ("output", "messages", "message", "text", "content", "completion")


def request_messages(body: Any) -> list[JsonObject]:
    """Return the messages of a request, or of any value that stands where one is expected."""
    if not isinstance(body, dict):
        return canonical_parts(to_messages(_plain(body), "user")) if body is not None else []
    given = cast(JsonObject, body)
    key = next((key for key in _REQUEST_KEYS if given.get(key)), None)
    if key is None or "role" in given:
        return canonical_parts(to_messages(_unwrapped(given), "user"))
    # Gemini's clients keep it among the settings.
    places = [cast(JsonObject, place) for place in (given, given.get("config")) if isinstance(place, dict)]
    system = next((place[name] for place in places for name in _SYSTEM_KEYS if place.get(name)), None)
    messages = to_messages(_plain(given[key]), "user")
    if system is not None:
        messages = [*_system_messages(system), *messages]
    return canonical_parts(messages)


def answer_messages(body: Any) -> list[JsonObject]:
    """Return the messages of an answer, or of any value that stands where one is expected."""
    if not isinstance(body, dict):
        return canonical_parts(to_messages(_plain(body), "assistant")) if body is not None else []
    given = _unwrapped(cast(JsonObject, body))
    if isinstance(given.get("generations"), list):
        return canonical_parts(_generated(given["generations"]))
    messages = to_messages(given, "assistant")
    if _is_understood(messages):
        return canonical_parts(messages)
    key = next((key for key in _ANSWER_KEYS if given.get(key)), None)
    return canonical_parts(messages if key is None else to_messages(_plain(given[key]), "assistant"))


def shown_value(value: Any, levels: int = 4) -> str:
    """Return what a list shows of any value: the last words of a conversation in it, its one text, else its JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and levels:
        given = _unwrapped(cast(JsonObject, value))
        if isinstance(given.get("messages"), list) and (said := shown_output(request_messages(given["messages"]))):
            return said
        if isinstance(given.get("content"), str) and ("role" in given or "type" in given):
            return given["content"]
        # Of a function's arguments the one that there is.
        inner = [item for key, item in given.items() if item or key not in ("args", "kwargs")]
        if len(inner) == 1:
            return shown_value(_only(inner[0]), levels - 1)
    return dumps(value)


def _only(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    items = cast(list[Any], value)
    return items[0] if len(items) == 1 else items


def _is_understood(messages: list[JsonObject]) -> bool:
    return any(part["type"] != "json" for message in messages for part in message["parts"])


def _system_messages(system: Any) -> list[JsonObject]:
    if isinstance(system, str):
        return [text_message("system", system)]
    content = cast(JsonObject, system).get("parts", system) if isinstance(system, dict) else system
    return [{**message, "role": "system"} for message in to_messages(content, "system")]


def _plain(value: Any) -> Any:
    """Return messages without LangChain's wrapping, and the only conversation of a batch of one."""
    if isinstance(value, dict):
        return _unwrapped(cast(JsonObject, value))
    if not isinstance(value, list):
        return value
    items = cast(list[Any], value)
    if len(items) == 1 and isinstance(items[0], list):
        items = cast(list[Any], items[0])
    return [_plain(item) if isinstance(item, dict) else item for item in items]


def _unwrapped(value: JsonObject) -> JsonObject:
    """Return the message inside LangChain's serialised forms."""
    data = value.get("data")
    if isinstance(data, dict) and isinstance(value.get("type"), str) and value.keys() == {"type", "data"}:
        return {**cast(JsonObject, data), "type": value["type"]}
    if value.get("lc") != 1 or not isinstance(value.get("kwargs"), dict):
        return value
    inner = cast(JsonObject, value["kwargs"])
    path: Any = value.get("id")
    name = str(cast(list[Any], path)[-1]) if isinstance(path, list) and path else ""
    kind = str(inner.get("type") or name).removesuffix("MessageChunk").removesuffix("Message").lower()
    return {**inner, "type": kind}


def _generated(generations: list[Any]) -> list[JsonObject]:
    """Read LangChain's generations: a list of alternatives for each prompt."""
    alternatives = [
        one for group in generations for one in (cast(list[Any], group) if isinstance(group, list) else [group])
    ]
    messages: list[JsonObject] = []
    for one in alternatives:
        given: JsonObject = cast(JsonObject, one) if isinstance(one, dict) else {"text": one}
        said = given.get("message") or given.get("text")
        found = to_messages(_plain(said), "assistant") if said else []
        info: Any = given.get("generation_info")
        reason: Any = cast(JsonObject, info).get("finish_reason") if isinstance(info, dict) else None
        if found and isinstance(reason, str):
            found[-1].setdefault("finish_reason", reason)
        messages += found
    return messages
