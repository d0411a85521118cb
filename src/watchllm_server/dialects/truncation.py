"""Keeps an event within the limits of a row: long texts are cut and marked, surplus attributes dropped and counted."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.contract import Limits
from watchllm_server.model.event import Event

_TEXTS: Final = ("input", "output", "status_message", "raw")


def cut_texts(event: Event, limits: Limits) -> Event:
    """Cut what is too long and note it; returns the same event."""
    for name in _TEXTS:
        text: str = getattr(event, name)
        # A character is one byte at least: most texts need not be encoded to know that they fit.
        if len(text) * 4 > limits.max_text_bytes and len(encoded := text.encode()) > limits.max_text_bytes:
            setattr(event, name, encoded[: limits.max_text_bytes].decode(errors="ignore"))
            event.notes.append(f"truncated:{name}")
            event.attributes[f"truncated.{name}.bytes"] = str(len(encoded))
    if len(event.attributes) > limits.max_attributes:
        kept = list(event.attributes.items())[: limits.max_attributes]
        event.notes.append(f"dropped_attributes:{len(event.attributes) - len(kept)}")
        event.attributes = dict(kept)
    for key, value in event.attributes.items():
        if len(value) > limits.max_text_bytes:
            event.attributes[key] = value[: limits.max_text_bytes // 4]
            event.notes.append("truncated:attribute")
    return event
