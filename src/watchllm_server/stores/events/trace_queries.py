"""The SQL that reads summaries of traces: a page of the list, and one; it never reads the text of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from watchllm_server.model.filter import Node
from watchllm_server.stores.events.contract import TraceQuery
from watchllm_server.stores.events.filters import Fragment, compile_filter
from watchllm_server.stores.events.spans import Span
from watchllm_server.stores.events.trace_keys import keys_of, span_parameters, times_of

_COLUMNS: Final = (
    "trace_id, name, start_time, end_time, status, event_count, error_count, model_call_count, input_tokens,"
    " output_tokens, cost_usd, session_id, user_id, models, tags, environment, release, input_preview, output_preview,"
    " scores"
)
# In the words of the answers. Names are qualified: an alias of the same name would stand for the column otherwise.
_SHOWN: Final = """
    t.trace_id AS trace_id, t.name AS name,
    formatDateTime(t.start_time, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS start_time,
    formatDateTime(t.end_time, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS end_time,
    (toUnixTimestamp64Micro(t.end_time) - toUnixTimestamp64Micro(t.start_time)) / 1000 AS duration_ms,
    t.status AS status, t.event_count AS event_count, t.error_count AS error_count,
    t.model_call_count AS model_call_count, t.input_tokens + t.output_tokens AS total_tokens,
    toString(t.cost_usd) AS total_cost_usd, t.session_id AS session_id, t.user_id AS user_id, t.models AS models,
    t.tags AS tags, t.environment AS environment, t.release AS release, t.input_preview AS input_preview,
    t.output_preview AS output_preview, t.scores AS scores"""

# Sort names → the expression that orders, its type as a parameter, and how a parameter becomes its value.
_SORTS: Final[dict[str, tuple[str, str, str]]] = {
    "start_time": ("start_time", "Int64", "fromUnixTimestamp64Micro({}, 'UTC')"),
    "duration_ms": ("toUnixTimestamp64Micro(end_time) - toUnixTimestamp64Micro(start_time)", "Int64", "{}"),
    # Unpriced stands below free.
    "total_cost_usd": ("ifNull(cost_usd, toDecimal128(-1, 12))", "Decimal(38, 12)", "{}"),
    "total_tokens": ("input_tokens + output_tokens", "UInt64", "{}"),
    "event_count": ("event_count", "UInt64", "{}"),
}


def list_statement(project_id: str, query: TraceQuery, span: Span, *, limit: int) -> Fragment:
    """Return the query for at most `limit` rows of one span, each with its `sort_value` as text."""
    filtered = compile_filter(query.filter, "traces", keys=keys_of(span))
    expression, type_name, value = _SORTS[query.sort.removeprefix("-")]
    is_descending = query.sort.startswith("-")
    direction = "DESC" if is_descending else "ASC"
    parameters: dict[str, Any] = {
        **filtered.parameters,
        **span_parameters(project_id, span),
        "limit": limit,
    }
    after = "1"
    if query.after is not None:
        parameters["after_value"], parameters["after_id"] = query.after
        bound = value.format(f"{{after_value:{type_name}}}")
        after = f"({expression}, trace_id) {'<' if is_descending else '>'} ({bound}, {{after_id:String}})"
    sort_value = "toUnixTimestamp64Micro(start_time)" if expression == "start_time" else expression
    return Fragment(
        f"""SELECT {_SHOWN}, toString(t.sort_value) AS sort_value
FROM (
    SELECT {_COLUMNS}, {sort_value} AS sort_value
    FROM traces FINAL
    PREWHERE project_id = {{project:String}} AND {keys_of(span)}
    WHERE {times_of(span)} AND {after} AND {filtered.sql}
    ORDER BY {expression} {direction}, trace_id {direction}
    LIMIT {{limit:UInt32}}
) AS t
ORDER BY t.sort_value {direction}, t.trace_id {direction}""",
        parameters,
    )


def one_statement(project_id: str, trace_id: str) -> Fragment:
    """Return the query for one summary row with what the page of a trace shows beyond the list."""
    return Fragment(
        f"""SELECT {_SHOWN}, t.input_tokens AS input_tokens, t.output_tokens AS output_tokens,
    t.unpriced_count AS unpriced_count, t.uncounted AS uncounted
FROM (
    SELECT {_COLUMNS}, unpriced_count, uncounted
    FROM traces FINAL
    PREWHERE project_id = {{project:String}} AND trace_id = {{trace:String}} AND bucket = (
        SELECT bucket FROM trace_buckets FINAL
        PREWHERE project_id = {{project:String}} AND trace_id = {{trace:String}}
    )
) AS t""",
        {"project": project_id, "trace": trace_id},
    )


def some_statement(project_id: str, places: Sequence[tuple[int, str]], filter: Node | None) -> Fragment:
    """Return the query for the rows of the list at these (hour in seconds since 1970, trace id) that match."""
    keys = """(bucket, trace_id) IN (
        SELECT toDateTime(place.1, 'UTC'), place.2
        FROM (SELECT arrayJoin(arrayZip({buckets:Array(UInt32)}, {traces:Array(String)})) AS place))"""
    filtered = compile_filter(filter, "traces", keys=keys)
    return Fragment(
        f"""SELECT {_SHOWN}
FROM (
    SELECT {_COLUMNS} FROM traces FINAL
    PREWHERE project_id = {{project:String}} AND {keys}
    WHERE {filtered.sql}
) AS t""",
        {
            **filtered.parameters,
            "project": project_id,
            "buckets": [bucket_s for bucket_s, _ in places],
            "traces": [trace_id for _, trace_id in places],
        },
    )
