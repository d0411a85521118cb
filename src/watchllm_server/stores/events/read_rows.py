"""The events of traces as they are read for summaries: out of the store, or out of what was just inserted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from watchllm_server.model.trace import TraceEvent
from watchllm_server.stores.events.contract import ReadTraces, TraceRows

# PREWHERE on key columns alone is safe under FINAL and keeps texts of other traces unread.
TRACE_EVENTS: Final = """
SELECT trace_id, version AS event_version, provider, agent_name, tool_name, prompt_name, prompt_version, first_token_us,
    event_id, parent_event_id, type, name, status,
    toUnixTimestamp64Micro(start_time) AS start_us, toUnixTimestamp64Micro(end_time) AS end_us,
    session_id, user_id, environment, release, tags, model, response_id, input_tokens, output_tokens,
    notEmpty(usage) AS has_usage, cost_usd, input_preview, output_preview
FROM events FINAL
PREWHERE project_id = {project:String} AND trace_id IN {traces:Array(String)}
"""
_FIELDS: Final = TraceEvent.__struct_fields__
# Columns of that read which are columns of the table too; those that may be null come last.
_REQUIRED: Final = (
    "trace_id", "provider", "agent_name", "tool_name", "prompt_name", "prompt_version", "event_id", "parent_event_id",
    "type", "name", "status", "session_id", "user_id", "environment", "release", "tags", "model", "response_id",
    "input_tokens", "output_tokens", "input_preview", "output_preview",
)  # fmt: skip
_OPTIONAL: Final = ("first_token_us", "cost_usd")


def collect(found: ReadTraces, project_id: str, table: Any) -> None:
    """Add the rows of one project to what was read; none when there are none."""
    columns = [table.column(name).to_pylist() for name in _FIELDS]
    mine: dict[str, list[TraceEvent]] = {}
    for trace_id, *values in zip(table.column("trace_id").to_pylist(), *columns, strict=True):
        mine.setdefault(trace_id, []).append(TraceEvent(*values))
    if mine:
        found.events.update(((project_id, trace_id), events) for trace_id, events in mine.items())
        found.rows.append(TraceRows(project_id, list(mine), table))


def as_read(inserted: Any) -> ReadTraces | None:
    """Return what a read of the rows of `rows.events_table` gives; None when the store has put defaults for nulls."""
    if any(inserted.column(name).null_count for name in (*_REQUIRED, "start_time")):
        return None
    table = _as_selected(inserted)
    projects = inserted.column("project_id")
    found = ReadTraces({}, [])
    names: Sequence[str] = pc.unique(projects).to_pylist()
    for project_id in names:
        collect(found, project_id, table.filter(pc.equal(projects, project_id)) if len(names) > 1 else table)
    return found


def _as_selected(inserted: Any) -> Any:
    """Return the columns as `TRACE_EVENTS` gives them."""
    columns: dict[str, Any] = {name: inserted.column(name) for name in (*_REQUIRED, *_OPTIONAL)}
    columns |= {
        "event_version": inserted.column("version"),
        "start_us": inserted.column("start_time").cast(pa.int64()),
        "end_us": inserted.column("end_time").cast(pa.int64()),
        "has_usage": _has_entries(inserted.column("usage")),
    }
    return pa.table(columns)


def _has_entries(maps: Any) -> Any:
    """Tell of each map whether it has an entry, as the store tells it: 0 or 1."""
    has = [pc.greater(pc.subtract(each.offsets[1:], each.offsets[:-1]), 0).cast(pa.uint8()) for each in maps.chunks]
    return pa.chunked_array(has, pa.uint8())
