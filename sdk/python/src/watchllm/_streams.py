"""Puts the chunks of a streamed answer together into the whole answer that the provider would have sent at once.

Chunks are frozen copies. Shapes that are not known are left out and never raise out of `Gathered.add`; what came
before an interruption is kept. The cases are shared with the other SDKs (`sdk/vectors/streams.json`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, cast

from watchllm._gate import import_gate
from watchllm._values import MAX_VALUE_BYTES

_Object = dict[str, Any]


def _members(value: object) -> _Object:
    """Return an object that may be missing."""
    return cast(_Object, value) if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    """Return a list that may be missing."""
    return cast("list[Any]", value) if isinstance(value, list) else []


class Gathered(ABC):
    """What came of a stream so far."""

    def __init__(self) -> None:
        self._answer: _Object = {}
        self._room = MAX_VALUE_BYTES

    def add(self, chunk: object) -> None:
        """Take one more chunk."""
        if not isinstance(chunk, dict):
            return
        try:
            self._take(cast(_Object, chunk))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            # A shape of a version that is newer than this code: the rest of the stream may still be readable.
            return

    def answer(self) -> _Object | None:
        """Return the answer as far as it came, None where nothing readable did."""
        return self._answer or None

    @abstractmethod
    def _take(self, chunk: _Object) -> None:
        """Take a chunk of the shape that this class reads; any error of a lookup is one of another shape."""

    def _joined(self, before: object, piece: object) -> str:
        """Return a text with its next piece, within the bounds of one value."""
        text = str(before or "")
        more = str(piece)[: max(self._room, 0)]
        self._room -= len(more)
        return text + more


class ChatStream(Gathered):
    """OpenAI's chat completions, and all that speak like it."""

    def __init__(self) -> None:
        super().__init__()
        self._choices: dict[int, _Object] = {}

    def _take(self, chunk: _Object) -> None:
        known = {k: v for k, v in chunk.items() if k not in ("choices", "usage") and v is not None}
        self._answer = {**known, "object": "chat.completion", "choices": [], **self._answer}
        if chunk.get("usage"):
            self._answer["usage"] = chunk["usage"]
        for choice in _items(chunk.get("choices")):
            self._take_choice(choice)
        self._answer["choices"] = [self._choices[index] for index in sorted(self._choices)]
        if "usage" in self._answer:
            # Last, as in an answer that came whole.
            self._answer["usage"] = self._answer.pop("usage")

    def _take_choice(self, part: _Object) -> None:
        index = part.get("index") or 0
        choice = self._choices.setdefault(
            index, {"index": index, "message": {"role": "assistant", "content": None}, "finish_reason": None}
        )
        if part.get("finish_reason") is not None:
            choice["finish_reason"] = part["finish_reason"]
        message = choice["message"]
        for name, value in _members(part.get("delta")).items():
            if value is None:
                continue
            if name == "tool_calls":
                for call in _items(value):
                    self._take_call(message.setdefault("tool_calls", []), call)
            elif name == "role":
                message["role"] = value or message["role"]
            elif isinstance(value, str):
                message[name] = self._joined(message.get(name), value)
            elif name == "function_call":
                self._take_function(message.setdefault("function_call", {}), value)
            else:
                message[name] = value

    def _take_call(self, calls: list[_Object], part: _Object) -> None:
        index = part.get("index")
        # Some servers leave the index out and send each call whole.
        position = len(calls) if index is None else min(index, len(calls))
        if position == len(calls):
            calls.append({"id": None, "type": "function", "function": {}})
        call = calls[position]
        for name in ("id", "type"):
            if part.get(name):
                call[name] = part[name]
        if isinstance(part.get("custom"), dict):
            call.pop("function", None)
            self._take_function(call.setdefault("custom", {}), part["custom"])
        self._take_function(_members(call.get("function")), _members(part.get("function")))

    def _take_function(self, function: _Object, part: Mapping[str, Any]) -> None:
        if part.get("name"):
            function["name"] = part["name"]
        for name in ("arguments", "input"):
            if part.get(name) is not None:
                function[name] = self._joined(function.get(name), part[name])


class ResponsesStream(Gathered):
    """OpenAI's responses: the last event holds the whole answer, those before it what is known until then."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[int, _Object] = {}
        self._is_whole = False

    def _take(self, chunk: _Object) -> None:
        kind = str(chunk.get("type"))
        response = chunk.get("response")
        if isinstance(response, dict):
            self._answer = cast(_Object, response)
            self._is_whole = kind in ("response.completed", "response.incomplete", "response.failed")
        elif kind == "response.output_text.delta":
            self._take_text(int(chunk["output_index"]), int(chunk["content_index"]), chunk["delta"])
        elif kind == "response.output_item.done":
            self._items[int(chunk["output_index"])] = chunk["item"]

    def _take_text(self, output_index: int, content_index: int, delta: str) -> None:
        item = self._items.setdefault(output_index, {"type": "message", "role": "assistant", "content": []})
        parts = item["content"]
        while len(parts) <= content_index:
            parts.append({"type": "output_text", "text": ""})
        parts[content_index]["text"] = self._joined(parts[content_index]["text"], delta)

    def answer(self) -> _Object | None:
        if self._is_whole or not self._items:
            return self._answer or None
        return {**self._answer, "output": [self._items[index] for index in sorted(self._items)]}


class MessagesStream(Gathered):
    """Anthropic's messages."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[int, _Object] = {}
        self._json: dict[int, str] = {}

    def _take(self, chunk: _Object) -> None:
        kind = chunk.get("type")
        if kind == "message_start":
            self._answer = {**chunk["message"], "content": []}
        elif kind == "content_block_start":
            self._blocks[int(chunk["index"])] = dict(chunk["content_block"])
        elif kind == "content_block_delta":
            self._take_delta(int(chunk["index"]), chunk["delta"])
        elif kind == "message_delta":
            said = {name: value for name, value in chunk["delta"].items() if value is not None}
            counted = {name: value for name, value in _members(chunk.get("usage")).items() if value is not None}
            usage = {**_members(self._answer.get("usage")), **counted}
            self._answer = {**self._answer, **said, "usage": usage}

    def _take_delta(self, index: int, delta: _Object) -> None:
        block = self._blocks.setdefault(index, {"type": "text"})
        if delta.get("type") == "input_json_delta":
            self._json[index] = self._joined(self._json.get(index), delta["partial_json"])
        elif delta.get("type") == "citations_delta":
            block["citations"] = [*_items(block.get("citations")), delta["citation"]]
        else:
            for name, piece in delta.items():
                if name != "type" and isinstance(piece, str):
                    block[name] = self._joined(block.get(name), piece)

    def answer(self) -> _Object | None:
        if not self._answer and not self._blocks:
            return None
        content = [self._finished(index) for index in sorted(self._blocks)]
        return {**self._answer, "content": content}

    def _finished(self, index: int) -> _Object:
        block = self._blocks[index]
        return {**block, "input": _read_json(self._json[index])} if self._json.get(index) else block


def _read_json(text: str) -> object:
    with import_gate:
        import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # Cut in the middle: what came of it is worth more than nothing.
        return text
