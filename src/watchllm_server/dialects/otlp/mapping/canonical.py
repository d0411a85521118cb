"""Recognises JSON text that is a canonical list of messages already, as current emitters send it.

Such a text needs no reading by `to_messages`, which takes ten times as long. The types here are narrower than the
canonical form on purpose: what is not plainly of it (deep arguments, other parts, unknown fields) goes the long way.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from watchllm_server.model.messages import JsonObject

_Plain = str | int | float | bool | None
# Bounded in depth by its type: a reader of the row must be able to write it as JSON again.
_Flat = _Plain | list[_Plain] | dict[str, _Plain]


class _Text(msgspec.Struct, tag_field="type", tag="text", forbid_unknown_fields=True):
    content: str


class _Reasoning(msgspec.Struct, tag_field="type", tag="reasoning", forbid_unknown_fields=True):
    content: str


class _ToolCall(msgspec.Struct, tag_field="type", tag="tool_call", forbid_unknown_fields=True, omit_defaults=True):
    name: str
    # No text: one that holds JSON must be decoded.
    arguments: dict[str, _Flat]
    id: str | msgspec.UnsetType = msgspec.UNSET


class _ToolCallResponse(
    msgspec.Struct, tag_field="type", tag="tool_call_response", forbid_unknown_fields=True, omit_defaults=True
):
    response: _Flat
    id: str | msgspec.UnsetType = msgspec.UNSET


class _Message(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    role: Literal["system", "user", "assistant", "tool"]
    parts: list[_Text | _Reasoning | _ToolCall | _ToolCallResponse]
    name: str | msgspec.UnsetType = msgspec.UNSET
    finish_reason: str | msgspec.UnsetType = msgspec.UNSET


_DECODER: Final = msgspec.json.Decoder(list[_Message])


def canonical_messages(value: Any) -> list[JsonObject]:
    """Return the messages of a text that needs no reading; none for every other value."""
    if not isinstance(value, str) or value[:1] != "[":
        return []
    try:
        return msgspec.to_builtins(_DECODER.decode(value))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return []
