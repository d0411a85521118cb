"""Anthropic's `/v1/messages`, plain and streamed; it never decides what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tests.loopback_llm.openai_chat import pieces, text_of
from tests.loopback_llm.script import Line, Tool, Turn, objects_of


def read_request(body: dict[str, Any]) -> tuple[list[Line], list[Tool]]:
    """Return the conversation and the tools of a request."""
    lines: list[Line] = []
    if body.get("system"):
        lines.append(Line("system", text_of(body["system"])))
    for entry in objects_of(body["messages"]):
        content: Any = entry["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else objects_of(content)
        lines.extend(_line(str(entry["role"]), part) for part in parts)
    tools = [
        Tool(name=entry["name"], schema=entry["input_schema"])
        for entry in objects_of(body.get("tools"))
        if "input_schema" in entry
    ]
    return lines, tools


def _line(role: str, part: dict[str, Any]) -> Line:
    if part["type"] == "tool_result":
        return Line("tool", text_of(part.get("content")))
    if part["type"] == "tool_use":
        return Line("assistant", f"{part['name']}{msgspec.json.encode(part['input']).decode()}")
    return Line(role, str(part.get("text", "")))


def answer(turn: Turn, model: str) -> dict[str, Any]:
    """Return the whole message."""
    return {
        "id": f"msg_{turn.turn_id}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": _blocks(turn),
        "stop_reason": _stop_reason(turn),
        "stop_sequence": None,
        "usage": _usage(turn),
    }


def stream(turn: Turn, model: str) -> Iterator[bytes]:
    """Yield the typed server-sent events of a streamed message."""

    def event(kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\ndata: ".encode() + msgspec.json.encode({"type": kind, **fields}) + b"\n\n"

    start: dict[str, Any] = {**answer(turn, model), "content": [], "stop_reason": None}
    start["usage"] = {**_usage(turn), "output_tokens": 1}
    yield event("message_start", message=start)
    for index, block in enumerate(_blocks(turn)):
        is_text = block["type"] == "text"
        opened: dict[str, Any] = {**block, **({"text": ""} if is_text else {"input": {}})}
        yield event("content_block_start", index=index, content_block=opened)
        text = block["text"] if is_text else msgspec.json.encode(block["input"]).decode()
        for piece in pieces(text):
            delta = {"type": "text_delta", "text": piece}
            if not is_text:
                delta = {"type": "input_json_delta", "partial_json": piece}
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    delta = {"stop_reason": _stop_reason(turn), "stop_sequence": None}
    yield event("message_delta", delta=delta, usage={"output_tokens": turn.usage.output_tokens})
    yield event("message_stop")


def _blocks(turn: Turn) -> list[dict[str, Any]]:
    if turn.tool_calls:
        return [
            {"type": "tool_use", "id": call.call_id, "name": call.name, "input": call.arguments}
            for call in turn.tool_calls
        ]
    return [{"type": "text", "text": turn.text}]


def _stop_reason(turn: Turn) -> str:
    return "tool_use" if turn.tool_calls else "end_turn"


def _usage(turn: Turn) -> dict[str, int]:
    """Anthropic's own count leaves cached tokens out of `input_tokens`."""
    usage = turn.usage
    return {
        "input_tokens": usage.input_tokens - usage.cached_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "output_tokens": usage.output_tokens,
    }
