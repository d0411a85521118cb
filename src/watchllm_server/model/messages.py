"""The canonical list of messages: what a model was sent and what it said, whichever dialect it came in.

A message is `{"role", "parts": [part], "name"?, "finish_reason"?}`; a part is one of
`{"type": "text", "content"}`, `{"type": "reasoning", "content"}`,
`{"type": "tool_call", "id"?, "name", "arguments"}`, `{"type": "tool_call_response", "id"?, "response"}`,
`{"type": "blob", "modality", "mime_type"?, "content"}`, `{"type": "file", …}`, `{"type": "uri", …}`;
parts of other types are kept as they came. After OpenTelemetry GenAI's message schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

JsonObject = dict[str, Any]

ROLES = frozenset({"system", "user", "assistant", "tool"})
_ROLE_ALIASES = {
    "developer": "system",
    "human": "user",
    "ai": "assistant",
    "model": "assistant",
    "function": "tool",
}


def text_message(role: str, content: str) -> JsonObject:
    """Return a message of one text part."""
    return {"role": canonical_role(role), "parts": [{"type": "text", "content": content}]}


def canonical_role(role: str) -> str:
    """Map a provider's role name to system, user, assistant or tool; an unknown one stays."""
    lowered = role.lower()
    return _ROLE_ALIASES.get(lowered, lowered)


def first_text(messages: Sequence[Any], role: str | None = None) -> str:
    """Return the text to show in a list: that of the last message of `role` (or of any) that has text."""
    for part in _parts_from_the_end(messages, role):
        if words := _words(part):
            return words
    return ""


def shown_input(messages: Sequence[Any]) -> str:
    """Return what a list shows of the messages that a model was sent: the end user's last words."""
    return first_text(messages, "user") or first_text(messages) or _values(messages)


def shown_output(messages: Sequence[Any]) -> str:
    """Return what a list shows of what a model said: its words, else the tools that it called, else its value."""
    return first_text(messages) or _called_tools(messages) or _values(messages)


def _parts_from_the_end(messages: Sequence[Any], role: str | None = None) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of the last message in their order, then those of the one before it, whatever else is there."""
    for entry in reversed(messages):
        # Messages are decoded JSON: to ask for a mapping of any kind takes five times as long.
        if not isinstance(entry, dict):
            continue
        message = cast(JsonObject, entry)
        if role is None or message.get("role") == role:
            for part in cast(Sequence[Any], message.get("parts") or ()):
                if isinstance(part, dict):
                    yield cast(JsonObject, part)


def _words(part: Mapping[str, Any]) -> str:
    # Thoughts and the bytes of images stand in `content` too, and are not what a person looks for.
    content = part.get("content") if part.get("type", "text") in ("text", "refusal") else None
    return content if isinstance(content, str) and content.strip() else ""


def _called_tools(messages: Sequence[Any]) -> str:
    calls = [part for part in _parts_from_the_end(messages) if part.get("type") == "tool_call"]
    return ", ".join(f"{call.get('name')}({_short(call.get('arguments'))})" for call in calls)


def _values(messages: Sequence[Any]) -> str:
    parts = _parts_from_the_end(messages)
    return next((_short(part.get("content")) for part in parts if part.get("type") == "json"), "")


def _short(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
