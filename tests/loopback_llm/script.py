"""What the model says: a pure function of the conversation, whichever API it came through.

The first turn after a user's words calls every offered tool once; the turn after the tools' results answers.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

Api = Literal["chat", "responses", "messages", "embeddings"]

# Arguments that a person would expect for a parameter of this name; anything else gets its own name.
ARGUMENTS: dict[str, Any] = {
    "city": "Lisbon",
    "location": "Lisbon",
    "query": "quiet hotels near the river",
    "amount": 120.5,
    "currency": "EUR",
    "nights": 3,
    "order_id": "A-1042",
}

_BY_TYPE: dict[str, Any] = {"integer": 3, "number": 1.5, "boolean": True, "array": [], "object": {}}


class Tool(msgspec.Struct, frozen=True):
    """A tool as offered to the model: its name and the JSON schema of its arguments."""

    name: str
    schema: Mapping[str, Any]


class Line(msgspec.Struct, frozen=True):
    """One element of a conversation: who said what. A tool's result has role `tool`."""

    role: str
    text: str


class ToolCall(msgspec.Struct, frozen=True):
    call_id: str
    name: str
    arguments: dict[str, Any]

    @property
    def arguments_json(self) -> str:
        return msgspec.json.encode(self.arguments).decode()


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one turn; input counts cached tokens, output counts reasoning."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int = 0


class Turn(msgspec.Struct, frozen=True):
    """What the model says next: an answer, or calls of tools."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    turn_id: str


class Call(msgspec.Struct, frozen=True):
    """One request as billed."""

    api: Api
    model: str
    is_streamed: bool
    usage: Usage


def next_turn(lines: Sequence[Line], tools: Sequence[Tool]) -> Turn:
    """Return the model's next turn; equal conversations get equal turns."""
    since_user = _since_user(lines)
    results = [line.text for line in since_user if line.role == "tool"]
    turn_id = f"{zlib.crc32(repr([(line.role, line.text) for line in lines]).encode()):08x}"
    if tools and not results:
        calls = tuple(
            ToolCall(call_id=f"call_{turn_id}_{index}", name=tool.name, arguments=arguments_for(tool.schema))
            for index, tool in enumerate(tools)
        )
        said = "".join(call.name + call.arguments_json for call in calls)
        return Turn(text="", tool_calls=calls, usage=_usage(lines, said), turn_id=turn_id)
    text = _answer(since_user, results)
    return Turn(text=text, tool_calls=(), usage=_usage(lines, text), turn_id=turn_id)


def arguments_for(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments that satisfy a flat JSON schema."""
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties") or {}
    return {name: _argument(name, rule) for name, rule in properties.items()}


def objects_of(value: Any) -> list[dict[str, Any]]:
    """Return a list of JSON objects where a request may have left it out or null."""
    return value or []


def count_tokens(text: str) -> int:
    """Return a token count of four bytes each, rounded up: the same on every machine."""
    return -(-len(text.encode()) // 4)


def _argument(name: str, rule: Mapping[str, Any]) -> Any:
    if rule.get("enum"):
        return rule["enum"][0]
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    return _BY_TYPE.get(str(rule.get("type")), f"some {name}")


def _since_user(lines: Sequence[Line]) -> Sequence[Line]:
    last = max((index for index, line in enumerate(lines) if line.role == "user"), default=0)
    return lines[last:]


def _answer(since_user: Sequence[Line], results: Sequence[str]) -> str:
    question = since_user[0].text if since_user else ""
    if results:
        return f"You asked: {question} I looked it up. " + " ".join(results)
    return f"You asked: {question} Here is a short answer from the loopback model."


def _usage(lines: Sequence[Line], said: str) -> Usage:
    # Four tokens of framing for each element, as chat models count them.
    input_tokens = sum(4 + count_tokens(line.text) for line in lines)
    # A prefix seen before is cached: here always the first quarter, so that cached prices are exercised.
    return Usage(input_tokens=input_tokens, output_tokens=max(1, count_tokens(said)), cached_tokens=input_tokens // 4)
