"""The figures of events as an Arrow table, made of what was read for the summaries of their traces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from watchllm_server.model.counting import USAGE_TYPES
from watchllm_server.model.trace import TraceSummary

# Stored as they were read.
_COPIED: Final = (
    "trace_id", "event_id", "event_version", "first_token_us", "type", "name", "has_usage", "input_tokens",
    "output_tokens", "cost_usd", "model", "provider", "agent_name", "tool_name", "prompt_name", "prompt_version",
)  # fmt: skip
# What an event has of its trace when it says nothing itself.
_INHERITED: Final = ("session_id", "user_id", "environment", "release")
_USAGE_TYPES: Final = pa.array(sorted(USAGE_TYPES), pa.string())


def figures_table(read: pa.Table, project_id: str, summaries: Mapping[str, TraceSummary], version: int) -> pa.Table:
    """Return the figures of one project's events, at least one; `summaries` has every trace of `read`."""
    read = read.combine_chunks()
    places = read.column("trace_id").combine_chunks().dictionary_encode()
    traces = [summaries[trace_id] for trace_id in places.dictionary.to_pylist()]

    def of_trace(values: list[Any], kind: Any) -> Any:
        """Spread one value a trace over the events of each."""
        return pa.array(values, kind).take(places.indices)

    columns: dict[str, Any] = {name: read.column(name) for name in _COPIED}
    columns |= {
        name: _or_else(read.column(name), of_trace([getattr(trace, name) for trace in traces], pa.string()))
        for name in _INHERITED
    }
    status = read.column("status")
    columns |= {
        "project_id": pa.repeat(pa.scalar(project_id, pa.string()), read.num_rows),
        "version": pa.repeat(pa.scalar(version, pa.uint64()), read.num_rows),
        "is_deleted": pa.repeat(pa.scalar(0, pa.uint8()), read.num_rows),
        "bucket": of_trace([trace.bucket_us // 1_000_000 for trace in traces], pa.timestamp("s", "UTC")),
        "tags": of_trace([trace.tags for trace in traces], pa.list_(pa.string())),
        "start_time": read.column("start_us").cast(pa.timestamp("us", "UTC")),
        "duration_us": pc.subtract(read.column("end_us"), read.column("start_us")),
        "status": pc.if_else(pc.equal(status, ""), "ok", status),
        "is_error": pc.or_(pc.equal(status, "error"), pc.equal(read.column("type"), "error")),
        "is_counted": _counted(read, traces),
    }
    return pa.table(columns)


def _or_else(own: Any, other: Any) -> Any:
    return pc.if_else(pc.equal(own, ""), other, own)


def _counted(read: pa.Table, traces: list[TraceSummary]) -> Any:
    """Tell of each event whether its usage is in the sums of its trace."""
    can_count = pc.is_in(read.column("type"), value_set=_USAGE_TYPES)
    uncounted = [(trace.trace_id, event_id) for trace in traces for event_id in trace.uncounted]
    if not uncounted:
        return can_count
    left_out = set(uncounted)
    keys = zip(read.column("trace_id").to_pylist(), read.column("event_id").to_pylist(), strict=True)
    return pc.and_(can_count, pa.array([key not in left_out for key in keys], pa.bool_()))
