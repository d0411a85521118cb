"""OpenAI's `/v1/chat/completions` and `/v1/embeddings`, plain and streamed; it never decides what is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tests.loopback_llm.script import Line, Tool, Turn, Usage, objects_of

# The date of every answer: the same bytes in every run.
CREATED = 1_790_000_000


def read_request(body: dict[str, Any]) -> tuple[list[Line], list[Tool]]:
    """Return the conversation and the tools of a chat request."""
    lines = [
        Line(role=str(entry["role"]), text=text_of(entry.get("content"))) for entry in objects_of(body["messages"])
    ]
    tools = [
        Tool(name=entry["function"]["name"], schema=entry["function"].get("parameters") or {})
        for entry in objects_of(body.get("tools"))
    ]
    return lines, tools


def text_of(content: Any) -> str:
    """Return the text of a content that is a string, null or a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    parts: Sequence[dict[str, Any]] = content
    return "".join(str(part.get("text") or part.get("output") or "") for part in parts)


def usage_json(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def answer(turn: Turn, model: str) -> dict[str, Any]:
    """Return the whole answer of a request without `stream`."""
    message: dict[str, Any] = {"role": "assistant", "content": turn.text or None}
    if turn.tool_calls:
        message["tool_calls"] = [
            {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}
            for call in turn.tool_calls
        ]
    return {
        "id": f"chatcmpl-{turn.turn_id}",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish_reason(turn)}],
        "usage": usage_json(turn.usage),
    }


def stream(turn: Turn, model: str, *, include_usage: bool) -> Iterator[bytes]:
    """Yield the server-sent events of a streamed answer."""

    def chunk(delta: dict[str, Any] | None, finish_reason: str | None = None) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        body: dict[str, Any] = {
            "id": f"chatcmpl-{turn.turn_id}",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model,
            "choices": choices,
        }
        if include_usage:
            body["usage"] = usage_json(turn.usage) if delta is None else None
        return b"data: " + msgspec.json.encode(body) + b"\n\n"

    yield chunk({"role": "assistant", "content": ""})
    for index, call in enumerate(turn.tool_calls):
        head = {"name": call.name, "arguments": ""}
        yield chunk({"tool_calls": [{"index": index, "id": call.call_id, "type": "function", "function": head}]})
        for piece in pieces(call.arguments_json):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    for piece in pieces(turn.text):
        yield chunk({"content": piece})
    yield chunk({}, _finish_reason(turn))
    if include_usage:
        yield chunk(None)
    yield b"data: [DONE]\n\n"


def embeddings(inputs: Sequence[str], model: str, usage: Usage) -> dict[str, Any]:
    """Return eight numbers for each input, made from its bytes."""
    data = [
        {"object": "embedding", "index": index, "embedding": [((sum(text.encode()) + n) % 97) / 97 for n in range(8)]}
        for index, text in enumerate(inputs)
    ]
    tokens = {"prompt_tokens": usage.input_tokens, "total_tokens": usage.input_tokens}
    return {"object": "list", "data": data, "model": model, "usage": tokens}


def pieces(text: str, size: int = 12) -> Iterator[str]:
    """Cut a text as a streaming model does."""
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _finish_reason(turn: Turn) -> str:
    return "tool_calls" if turn.tool_calls else "stop"
