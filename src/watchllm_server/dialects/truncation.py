"""Keeps an event within the limits of a row: long texts are cut and marked, surplus attributes dropped and counted."""

from __future__ import annotations

import hashlib
from typing import Final

from watchllm_server.dialects.contract import Limits
from watchllm_server.model.event import Event

_TEXTS: Final = ("input", "output", "status_message", "raw")
# Lists show a thousand names at once.
_MAX_NAME_BYTES: Final = 1_024


def cut_texts(event: Event, limits: Limits) -> Event:
    """Cut what is too long and note it, with its length and SHA-256 as attributes; returns the same event."""
    _drop_surplus(event, limits.max_attributes)
    if _is_plainly_short(event, limits.max_text_bytes):
        return event
    marks: dict[str, str] = {}
    for name in _TEXTS:
        _cut_field(event, name, limits.max_text_bytes, marks)
    _cut_field(event, "name", _MAX_NAME_BYTES, marks)
    for key, value in event.attributes.items():
        cut = _cut(value, limits.max_text_bytes)
        if cut is not None:
            event.attributes[key] = cut
            _mark(event, "attribute", f"attributes.{key}", value, marks)
    event.attributes |= marks
    return event


def _is_plainly_short(event: Event, most: int) -> bool:
    """Tell by lengths alone that nothing needs to be cut: a character is four bytes at most."""
    longest = max(map(len, (event.input, event.output, event.status_message, event.raw, *event.attributes.values())))
    return longest * 4 <= most and len(event.name) * 4 <= _MAX_NAME_BYTES


def _drop_surplus(event: Event, most: int) -> None:
    if len(event.attributes) > most:
        event.notes.append(f"dropped_attributes:{len(event.attributes) - most}")
        event.attributes = dict(list(event.attributes.items())[:most])


def _cut_field(event: Event, name: str, limit: int, marks: dict[str, str]) -> None:
    text: str = getattr(event, name)
    cut = _cut(text, limit)
    if cut is not None:
        setattr(event, name, cut)
        _mark(event, name, name, text, marks)


def _cut(text: str, limit: int) -> str | None:
    """Return the text cut between two characters, None when it fits."""
    if len(text) * 4 <= limit or len(encoded := text.encode()) <= limit:
        return None
    return encoded[:limit].decode(errors="ignore")


def _mark(event: Event, note: str, name: str, text: str, marks: dict[str, str]) -> None:
    if (marked := f"truncated:{note}") not in event.notes:
        event.notes.append(marked)
    encoded = text.encode()
    marks[f"truncated.{name}.bytes"] = str(len(encoded))
    marks[f"truncated.{name}.sha256"] = hashlib.sha256(encoded).hexdigest()
