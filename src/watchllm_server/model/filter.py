"""The filter tree: the one language of lists, dashboards, alerts, live tail and export, as typed data.

It knows which fields exist and which operators each takes; it never knows SQL.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

Operator = Literal["=", "!=", "in", "<", "<=", ">", ">=", "contains", "exists"]
FieldKind = Literal["text", "number", "money", "time", "list", "attribute", "search"]
Subject = Literal["traces", "events"]

# Above these a filter is slower to compile than useful to read; both are generous for a person.
MAX_CONDITIONS: Final = 50
MAX_DEPTH: Final = 5
MAX_IN_VALUES: Final = 1_000
# A search text longer than this matches nothing that a person meant.
MAX_TEXT_BYTES: Final = 1_024

OPERATORS: Final[dict[FieldKind, frozenset[str]]] = {
    "text": frozenset({"=", "!=", "in", "contains", "exists"}),
    "number": frozenset({"=", "!=", "in", "<", "<=", ">", ">=", "exists"}),
    "money": frozenset({"=", "!=", "<", "<=", ">", ">=", "exists"}),
    "time": frozenset({"<", "<=", ">", ">="}),
    "list": frozenset({"=", "!=", "in", "contains", "exists"}),
    "attribute": frozenset({"=", "!=", "in", "contains", "exists"}),
    "search": frozenset({"contains"}),
}

TRACE_FIELDS: Final[dict[str, FieldKind]] = {
    "trace_id": "text", "name": "text", "status": "text", "session_id": "text", "user_id": "text",
    "environment": "text", "release": "text", "tags": "list", "models": "list", "model": "list",
    "start_time": "time", "end_time": "time", "duration_ms": "number", "event_count": "number",
    "error_count": "number", "model_call_count": "number", "total_tokens": "number",
    "total_cost_usd": "money", "input_preview": "text", "output_preview": "text",
    # Of any event of the trace.
    "type": "list", "agent_name": "list", "tool_name": "list", "text": "search",
}  # fmt: skip

EVENT_FIELDS: Final[dict[str, FieldKind]] = {
    "event_id": "text", "trace_id": "text", "parent_event_id": "text", "type": "text", "name": "text",
    "status": "text", "status_message": "text", "session_id": "text", "user_id": "text",
    "environment": "text", "release": "text", "tags": "list", "model": "text", "provider": "text",
    "agent_name": "text", "tool_name": "text", "prompt_name": "text", "prompt_version": "text",
    "step_index": "number", "start_time": "time", "duration_ms": "number", "input_tokens": "number",
    "output_tokens": "number", "total_tokens": "number", "cost_usd": "money",
    "text": "search",
}  # fmt: skip


class Condition(msgspec.Struct, frozen=True):
    """One comparison. `value` has been checked against the kind of `field`."""

    field: str
    op: Operator
    value: Any = None


class And(msgspec.Struct, frozen=True):
    parts: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True):
    parts: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True):
    part: Node


Node = Condition | And | Or | Not

# The fields of which a person picks a value that is there, rather than types one.
VALUED_FIELDS: Final[dict[Subject, frozenset[str]]] = {
    "traces": frozenset(
        {"name", "status", "session_id", "user_id", "environment", "release", "tags", "models", "model", "type",
         "agent_name", "tool_name"}
    ),
    "events": frozenset(
        {"type", "name", "status", "session_id", "user_id", "environment", "release", "tags", "model", "provider",
         "agent_name", "tool_name", "prompt_name", "prompt_version"}
    ),
}  # fmt: skip
