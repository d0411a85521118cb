"""The SQL that reads events: the columns of a trace, a page of a list, one event; only the last reads text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from watchllm_server.stores.events.contract import EventQuery
from watchllm_server.stores.events.filters import Fragment, compile_filter, storable_us
from watchllm_server.stores.events.spans import Span

_TIME: Final = "formatDateTime({}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')"
_STATUS: Final = "if(t.status = '', 'ok', toString(t.status))"
_DURATION: Final = "(toUnixTimestamp64Micro(t.end_time) - toUnixTimestamp64Micro(t.start_time)) / 1000"

# Between the parts of the second half of a page's place: ids have no control characters.
PLACE_SEPARATOR: Final = "\x00"

_LIST_COLUMNS: Final = (
    "event_id", "trace_id", "parent_event_id", "type", "name", "status_message", "session_id", "user_id",
    "environment", "release", "tags", "model", "provider", "agent_name", "step_index", "tool_name",
    "prompt_name", "prompt_version", "usage", "input_tokens", "output_tokens", "cost_status", "input_preview",
    "output_preview",
)  # fmt: skip
_ONE_COLUMNS: Final = (
    *_LIST_COLUMNS, "model_requested", "response_id", "first_token_us", "cost_breakdown", "price_revision", "input",
    "output", "attributes", "raw", "sdk_name", "sdk_version", "dialect", "notes", "version",
)  # fmt: skip


def columns_statement(project_id: str, trace_id: str, *, with_usage: bool) -> Fragment:
    """Return the query for a trace's events as Arrow, in order of start, then id.

    What only decides which usage counts is read on demand: it doubles the bytes of a large trace.
    """
    usage = (
        " t.response_id AS response_id, mapKeys(t.usage) AS usage_kinds, mapValues(t.usage) AS usage_counts,"
        if with_usage
        else ""
    )
    return Fragment(
        f"""SELECT t.event_id AS event_id, t.parent_event_id AS parent_event_id, t.type AS type, t.name AS name,
    toUnixTimestamp64Micro(t.start_time) AS start_us, toUnixTimestamp64Micro(t.end_time) AS end_us,
    t.status AS status, t.model AS model,{usage}
    t.input_tokens AS input_tokens, t.output_tokens AS output_tokens, toString(t.cost_usd) AS cost_usd,
    t.agent_name AS agent_name, t.tool_name AS tool_name, t.step_index AS step_index
FROM events AS t FINAL
PREWHERE t.project_id = {{project:String}} AND t.trace_id = {{trace:String}}
ORDER BY t.start_time, t.event_id""",
        {"project": project_id, "trace": trace_id},
    )


def candidates_statement(
    project_id: str, query: EventQuery, span: Span, after: tuple[str, str] | None, *, limit: int
) -> Fragment:
    """Return the query for the keys of at most `limit` rows of one span, superseded versions and repeats among them.

    No FINAL here: merging a project's events to find fifty of them costs seconds. `verified_statement` then
    reads the newest versions of just these keys.
    """
    filtered = compile_filter(query.filter, "events")
    is_descending = query.sort.startswith("-")
    direction = "DESC" if is_descending else "ASC"
    parameters: dict[str, Any] = {
        **filtered.parameters,
        "project": project_id,
        "low": storable_us(span.low_us),
        "high": storable_us(span.high_us),
        "limit": limit,
    }
    beyond = "1"
    if after is not None:
        parameters["after_us"] = after[0]
        parameters["after_trace"], _, parameters["after_event"] = after[1].partition(PLACE_SEPARATOR)
        beyond = (
            f"(start_time, trace_id, event_id) {'<' if is_descending else '>'}"
            " (fromUnixTimestamp64Micro({after_us:Int64}, 'UTC'), {after_trace:String}, {after_event:String})"
        )
    return Fragment(
        f"""SELECT toUnixTimestamp64Micro(start_time) AS start_us, trace_id, event_id FROM events
WHERE project_id = {{project:String}} AND start_time < fromUnixTimestamp64Micro({{high:Int64}}, 'UTC')
    AND start_time >= fromUnixTimestamp64Micro({{low:Int64}}, 'UTC') AND {beyond} AND {filtered.sql}
ORDER BY start_us {direction}, trace_id {direction}, event_id {direction}
LIMIT {{limit:UInt32}}""",
        parameters,
    )


def verified_statement(project_id: str, query: EventQuery, keys: list[tuple[int, str, str]]) -> Fragment:
    """Return the query for the newest versions of these (start, trace, event) that still match."""
    filtered = compile_filter(query.filter, "events")
    shown = ", ".join(f"t.{name} AS {name}" for name in _LIST_COLUMNS)
    inner = ", ".join((*_LIST_COLUMNS, "start_time", "end_time", "status", "cost_usd"))
    return Fragment(
        f"""SELECT {shown}, {_times_shown()}, toUnixTimestamp64Micro(t.start_time) AS start_us
FROM (
    SELECT {inner} FROM events FINAL
    PREWHERE project_id = {{project:String}}
        AND (trace_id, event_id) IN arrayZip({{traces:Array(String)}}, {{events:Array(String)}})
    WHERE {filtered.sql}
) AS t""",
        {
            **filtered.parameters,
            "project": project_id,
            "traces": [trace_id for _, trace_id, _ in keys],
            "events": [event_id for _, _, event_id in keys],
        },
    )


def texts_statement(project_id: str, keys: Sequence[tuple[str, str]]) -> Fragment:
    """Return the query for the inputs and outputs of these (trace, event)."""
    return Fragment(
        """SELECT trace_id, event_id, input, output FROM events FINAL
PREWHERE project_id = {project:String}
    AND (trace_id, event_id) IN arrayZip({traces:Array(String)}, {events:Array(String)})""",
        {
            "project": project_id,
            "traces": [trace_id for trace_id, _ in keys],
            "events": [event_id for _, event_id in keys],
        },
    )


def erased_statement(project_id: str, event_id: str) -> Fragment:
    """Return the query for when an event was erased on demand; no row when it was not."""
    return Fragment(
        """SELECT toUnixTimestamp64Micro(max(at)) AS at_us FROM erased_events
PREWHERE project_id = {project:String} AND event_id = {event:String}
HAVING count() > 0""",
        {"project": project_id, "event": event_id},
    )


def one_statement(project_id: str, event_id: str, trace_id: str | None) -> Fragment:
    """Return the query for a whole event; without a trace, the index over event ids finds the trace."""
    in_trace = "trace_id = {trace:String}"
    if trace_id is None:
        in_trace = (
            "trace_id IN (SELECT trace_id FROM events"
            " WHERE project_id = {project:String} AND event_id = {event:String})"
        )
    shown = ", ".join(f"t.{name} AS {name}" for name in _ONE_COLUMNS)
    inner = ", ".join(
        (*_ONE_COLUMNS, "start_time", "end_time", "status", "cost_usd", "reported_cost_usd", "accepted_at", "stored_at")
    )
    return Fragment(
        f"""SELECT {shown}, {_times_shown()}, toString(t.reported_cost_usd) AS reported_cost_usd,
    {_TIME.format("t.accepted_at")} AS accepted_at, {_TIME.format("t.stored_at")} AS stored_at
FROM (
    SELECT {inner} FROM events FINAL
    PREWHERE project_id = {{project:String}} AND event_id = {{event:String}} AND {in_trace}
) AS t
ORDER BY t.version DESC
LIMIT 1""",
        {"project": project_id, "event": event_id, **({} if trace_id is None else {"trace": trace_id})},
    )


def _times_shown() -> str:
    return (
        f"{_TIME.format('t.start_time')} AS start_time, {_TIME.format('t.end_time')} AS end_time,"
        f" {_DURATION} AS duration_ms, {_STATUS} AS status, toString(t.cost_usd) AS cost_usd"
    )
