"""Turns the stored events of one trace into its answers, nested or flat; pure, and without any read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from watchllm_server.model.times import to_rfc3339
from watchllm_server.model.trace import TraceEvent, TraceSummary, summarise
from watchllm_server.model.tree import Tree, make_tree, nest
from watchllm_server.stores.events.contract import TraceColumns

_SECOND_US: Final = 1_000_000
_HEADER: Final = (
    "trace_id", "name", "start_time", "end_time", "duration_ms", "status", "event_count", "error_count",
    "total_tokens", "total_cost_usd",
)  # fmt: skip
_METADATA: Final = (
    "session_id", "user_id", "environment", "release", "tags", "models", "model_call_count", "input_tokens",
    "output_tokens", "unpriced_count",
)  # fmt: skip
# What only the stored summary knows; the columns of a trace leave it out.
_FROM_SUMMARY_ALONE: Final = {"session_id": "", "user_id": "", "environment": "", "release": "", "tags": ()}


def trace_header(project_id: str, trace_id: str, row: dict[str, Any] | None, columns: TraceColumns) -> dict[str, Any]:
    """Return the answer without events: the stored summary, or one made of the events while it lags behind."""
    if row is None or (columns.event_id and row["event_count"] != len(columns.event_id)):
        known = {name: (row or {}).get(name, default) for name, default in _FROM_SUMMARY_ALONE.items()}
        row = _summary_row(summarise(project_id, trace_id, trace_events(columns))) | known
    return stored_header(project_id, row)


def stored_header(project_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer without events as the row of the trace's summary has it."""
    header = {name: row[name] for name in _HEADER}
    return {**header, "project_id": project_id, "metadata": {name: row[name] for name in _METADATA}}


def trace_events(columns: TraceColumns) -> list[TraceEvent]:
    """Return what a summary needs of each event, as far as the columns have it."""
    return [
        TraceEvent(
            event_id=event_id,
            parent_event_id=columns.parent_event_id[at],
            type=columns.type[at],
            name=columns.name[at],
            status=columns.status[at],  # pyright: ignore[reportArgumentType]
            start_us=columns.start_us[at],
            end_us=columns.end_us[at],
            model=columns.model[at],
            response_id=columns.response_id[at],
            input_tokens=columns.input_tokens[at],
            output_tokens=columns.output_tokens[at],
            has_usage=bool(columns.usage[at]),
            cost_usd=None if (cost := columns.cost_usd[at]) is None else Decimal(cost),
        )
        for at, event_id in enumerate(columns.event_id)
    ]


def tree_of(columns: TraceColumns) -> Tree:
    """Return the tree of a trace's events."""
    return make_tree(columns.event_id, columns.parent_event_id, columns.start_us)


def flat_columns(columns: TraceColumns, tree: Tree) -> dict[str, list[Any]]:
    """Return the events in pre-order, one list a field."""
    order = tree.order

    def ordered(values: Sequence[Any]) -> list[Any]:
        return [values[at] for at in order]

    return {
        "event_id": ordered(columns.event_id),
        "parent_event_id": [columns.parent_event_id[at] or None for at in order],
        "type": ordered(columns.type),
        "name": ordered(columns.name),
        "start_time": ordered(times(columns.start_us)),
        "duration_ms": [_duration_ms(columns, at) for at in order],
        "status": [columns.status[at] or "ok" for at in order],
        "model": ordered(columns.model),
        "input_tokens": ordered(columns.input_tokens),
        "output_tokens": ordered(columns.output_tokens),
        "cost_usd": ordered(columns.cost_usd),
        "depth": ordered(tree.depth),
        "child_count": [len(tree.children_of(at)) for at in order],
        "parent_missing": [at in tree.missing for at in order],
        "agent_name": ordered(columns.agent_name),
        "tool_name": ordered(columns.tool_name),
        "step_index": ordered(columns.step_index),
    }


def nested_events(
    columns: TraceColumns, tree: Tree, tops: Sequence[int], cursor: Callable[[int, int | None], str]
) -> list[dict[str, Any]]:
    """Return these events with their children inside; `cursor` as `model.tree.nest` asks for it."""

    def describe(at: int) -> dict[str, Any]:
        return {
            "event_id": columns.event_id[at],
            "parent_event_id": columns.parent_event_id[at] or None,
            "type": columns.type[at],
            "name": columns.name[at],
            "start_time": to_rfc3339(columns.start_us[at]),
            "duration_ms": _duration_ms(columns, at),
            "status": columns.status[at] or "ok",
            "model": columns.model[at],
            "usage": columns.usage[at],
            "cost_usd": columns.cost_usd[at],
            "parent_missing": at in tree.missing,
        }

    return nest(tree, tops, describe=describe, cursor=cursor)


def times(all_us: Sequence[int]) -> list[str]:
    """Format many times as `to_rfc3339` does, each second once: the events of a trace share them."""
    seconds: dict[int, str] = {}
    formatted: list[str] = []
    for us in all_us:
        second, rest = divmod(us, _SECOND_US)
        head = seconds.get(second)
        if head is None:
            head = seconds[second] = to_rfc3339(second * _SECOND_US).partition(".")[0]
        formatted.append(f"{head}.{rest:06d}Z")
    return formatted


def money(amount: Decimal | None) -> str | None:
    """Format an amount as the store does: no trailing zeros, no exponent."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration_ms(columns: TraceColumns, at: int) -> float | None:
    end_us = columns.end_us[at]
    return None if end_us is None else (end_us - columns.start_us[at]) / 1_000


def _summary_row(summary: TraceSummary) -> dict[str, Any]:
    return {
        "trace_id": summary.trace_id,
        "name": summary.name,
        "start_time": to_rfc3339(summary.start_us),
        "end_time": to_rfc3339(summary.end_us),
        "duration_ms": (summary.end_us - summary.start_us) / 1_000,
        "status": summary.status,
        "event_count": summary.event_count,
        "error_count": summary.error_count,
        "total_tokens": summary.input_tokens + summary.output_tokens,
        "total_cost_usd": money(summary.cost_usd),
        "models": summary.models,
        "model_call_count": summary.model_call_count,
        "input_tokens": summary.input_tokens,
        "output_tokens": summary.output_tokens,
        "unpriced_count": summary.unpriced_count,
    }
