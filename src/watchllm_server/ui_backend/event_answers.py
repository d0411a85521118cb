"""Turns one stored event into its answer: texts become JSON again exactly as they were stored; without any read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import orjson

_COPIED: Final = (
    "event_id", "trace_id", "type", "name", "start_time", "end_time", "duration_ms", "status", "status_message",
    "session_id", "user_id", "environment", "release", "tags", "model", "model_requested", "provider", "usage",
    "cost_usd", "cost_breakdown", "cost_status", "price_revision", "reported_cost_usd", "agent_name", "step_index",
    "tool_name", "prompt_name", "prompt_version", "attributes", "accepted_at", "stored_at", "dialect", "notes",
)  # fmt: skip
_LISTED: Final = (
    "event_id", "trace_id", "type", "name", "start_time", "end_time", "duration_ms", "status", "status_message",
    "session_id", "user_id", "environment", "release", "tags", "model", "provider", "usage", "cost_usd",
    "cost_status", "agent_name", "step_index", "tool_name", "prompt_name", "prompt_version", "input_preview",
    "output_preview",
)  # fmt: skip
USAGE_TYPES: Final = frozenset({"model_response", "token_usage"})


def event_answer(row: Mapping[str, Any], uncounted: Mapping[str, str]) -> dict[str, Any]:
    """Return the whole event; `uncounted` is that of its trace. orjson encodes it."""
    is_model_call = row["type"] == "model_response"
    reason = uncounted.get(row["event_id"]) if row["type"] in USAGE_TYPES else "type_without_usage"
    given, said = _Text(row["input"]), _Text(row["output"])
    return {
        **{name: row[name] for name in _COPIED},
        "parent_event_id": row["parent_event_id"] or None,
        "first_token_ms": None if (us := row["first_token_us"]) is None else us / 1_000,
        "counted": reason is None,
        "counted_reason": reason,
        "input": given.shown,
        "output": said.shown,
        "messages": given.shown if is_model_call and given.is_list else None,
        "output_messages": said.shown if is_model_call and said.is_list else None,
        "raw": _Text(row["raw"]).shown,
        "sdk": {"name": row["sdk_name"], "version": row["sdk_version"]},
    }


def event_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event of a list."""
    return {**{name: row[name] for name in _LISTED}, "parent_event_id": row["parent_event_id"] or None}


def stored_json(text: str) -> Any:
    """Return a stored JSON text for orjson to encode as it is; None for none."""
    return _Text(text).shown


class _Text:
    """A stored JSON text: shown byte by byte as it is, since decoding would round large numbers."""

    def __init__(self, text: str) -> None:
        self.is_list = False
        self.shown: Any = None
        if not text:
            return
        try:
            decoded = cast(object, orjson.loads(text))
        except orjson.JSONDecodeError:
            # A text that was cut is no longer JSON; it is shown as a string.
            self.shown = text
            return
        self.is_list = isinstance(decoded, list)
        self.shown = orjson.Fragment(text)
