"""OpenAI's `/v1/responses`, plain and streamed; it never decides what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tests.loopback_llm.openai_chat import CREATED, pieces, text_of
from tests.loopback_llm.script import Line, Tool, Turn, objects_of


def read_request(body: dict[str, Any]) -> tuple[list[Line], list[Tool]]:
    """Return the conversation and the function tools of a request."""
    lines: list[Line] = []
    if body.get("instructions"):
        lines.append(Line("system", str(body["instructions"])))
    given: Any = body["input"]
    entries = [{"role": "user", "content": given}] if isinstance(given, str) else objects_of(given)
    lines.extend(_line(entry) for entry in entries)
    tools = [
        Tool(name=entry["name"], schema=entry.get("parameters") or {})
        for entry in objects_of(body.get("tools"))
        if entry.get("type") == "function"
    ]
    return lines, tools


def _line(entry: dict[str, Any]) -> Line:
    kind = entry.get("type", "message")
    if kind == "function_call_output":
        return Line("tool", text_of(entry.get("output")))
    if kind == "function_call":
        return Line("assistant", f"{entry.get('name')}{entry.get('arguments')}")
    return Line(str(entry.get("role", "user")), text_of(entry.get("content")))


def answer(turn: Turn, model: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the whole response object."""
    return {**_response(turn, model, body), "status": "completed", "output": _items(turn), "usage": _usage(turn)}


def stream(turn: Turn, model: str, body: dict[str, Any]) -> Iterator[bytes]:
    """Yield the typed server-sent events of a streamed response."""
    number = 0

    def event(kind: str, **fields: Any) -> bytes:
        nonlocal number
        data = {"type": kind, "sequence_number": number, **fields}
        number += 1
        return f"event: {kind}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"

    started: dict[str, Any] = {**_response(turn, model, body), "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=started)
    for index, item in enumerate(_items(turn)):
        place = {"output_index": index, "item_id": item["id"]}
        is_call = item["type"] == "function_call"
        opened: dict[str, Any] = {
            **item,
            "status": "in_progress",
            **({"arguments": ""} if is_call else {"content": []}),
        }
        yield event("response.output_item.added", output_index=index, item=opened)
        if is_call:
            for piece in pieces(item["arguments"]):
                yield event("response.function_call_arguments.delta", delta=piece, **place)
            done = {"arguments": item["arguments"], "name": item["name"]}
            yield event("response.function_call_arguments.done", **done, **place)
        else:
            part = item["content"][0]
            place["content_index"] = 0
            yield event("response.content_part.added", part={**part, "text": ""}, **place)
            for piece in pieces(part["text"]):
                yield event("response.output_text.delta", delta=piece, logprobs=[], **place)
            yield event("response.output_text.done", text=part["text"], logprobs=[], **place)
            yield event("response.content_part.done", part=part, **place)
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=answer(turn, model, body))


def _response(turn: Turn, model: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"resp_{turn.turn_id}",
        "object": "response",
        "created_at": CREATED,
        "model": model,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": objects_of(body.get("tools")),
        "top_p": 1.0,
    }


def _items(turn: Turn) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = [
        {
            "type": "function_call",
            "id": f"fc_{turn.turn_id}_{index}",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments_json,
            "status": "completed",
        }
        for index, call in enumerate(turn.tool_calls)
    ]
    if calls:
        return calls
    part: dict[str, Any] = {"type": "output_text", "text": turn.text, "annotations": [], "logprobs": []}
    return [
        {
            "type": "message",
            "id": f"msg_{turn.turn_id}",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }
    ]


def _usage(turn: Turn) -> dict[str, Any]:
    usage = turn.usage
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
