"""The canonical list of messages: what a model was sent and what it said, whichever dialect it came in.

A message is `{"role", "parts": [part], "name"?, "finish_reason"?}`; a part is one of
`{"type": "text", "content"}`, `{"type": "reasoning", "content"}`,
`{"type": "tool_call", "id"?, "name", "arguments"}`, `{"type": "tool_call_response", "id"?, "response"}`,
`{"type": "blob", "modality", "mime_type"?, "content"}`, `{"type": "file", …}`, `{"type": "uri", …}`;
parts of other types are kept as they came. After OpenTelemetry GenAI's message schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Return the text to show in a list: the last message of `role` (or of any) that has text."""
    for entry in reversed(messages):
        if not isinstance(entry, Mapping):
            continue
        message = cast(Mapping[str, Any], entry)
        if role is not None and message.get("role") != role:
            continue
        for part in cast(Sequence[Any], message.get("parts") or ()):
            if isinstance(part, Mapping):
                content = cast(Mapping[str, Any], part).get("content")
                if isinstance(content, str) and content.strip():
                    return content
    return ""
