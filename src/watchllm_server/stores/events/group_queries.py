"""The SQL that sums traces up by session or end user, and reads the scores of a trace."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.stores.events.contract.groups import MAX_LISTED, GroupKind, GroupQuery
from watchllm_server.stores.events.filters import Fragment, compile_filter
from watchllm_server.stores.events.spans import Span
from watchllm_server.stores.events.trace_keys import keys_of, span_parameters, times_of

_TIME: Final = "formatDateTime({}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')"
_KEYS: Final[dict[GroupKind, str]] = {"sessions": "session_id", "end_users": "user_id"}
# Names of their own, since an alias that is a column's name would stand for it in the next sum.
_SUMS: Final = f"""min(start_time) AS began, max(end_time) AS ended, count() AS traces, sum(event_count) AS events,
    sum(error_count) AS errors, sum(input_tokens + output_tokens) AS tokens, sum(cost_usd) AS cost,
    groupUniqArrayArray({MAX_LISTED})(models) AS all_models"""
_OF_KIND: Final[dict[GroupKind, str]] = {
    "sessions": f"""groupUniqArrayIf({MAX_LISTED})(user_id, user_id != '') AS all_users,
    argMinIf(input_preview, start_time, input_preview != '') AS first_input,
    argMaxIf(output_preview, end_time, output_preview != '') AS last_output""",
    "end_users": "uniqExactIf(session_id, session_id != '') AS sessions",
}
_COMMON: Final = """traces AS trace_count, events AS event_count, errors AS error_count, tokens AS total_tokens,
    toString(cost) AS total_cost_usd, arraySort(all_models) AS models"""
_SHOWN: Final[dict[GroupKind, str]] = {
    "sessions": f"""key AS session_id, {_TIME.format("began")} AS start_time, {_TIME.format("ended")} AS end_time,
    {_COMMON}, arraySort(all_users) AS user_ids, first_input AS first_input_preview,
    last_output AS last_output_preview""",
    "end_users": f"""key AS user_id, {_TIME.format("began")} AS first_seen, {_TIME.format("ended")} AS last_seen,
    sessions AS session_count, {_COMMON}""",
}
# Sort name → the expression that orders and its type; times as microseconds, unpriced below free.
_BEGAN: Final = ("toUnixTimestamp64Micro(began)", "Int64")
_ENDED: Final = ("toUnixTimestamp64Micro(ended)", "Int64")
_SORTS: Final[dict[str, tuple[str, str]]] = {
    "start_time": _BEGAN, "first_seen": _BEGAN, "end_time": _ENDED, "last_seen": _ENDED,
    "trace_count": ("traces", "UInt64"), "session_count": ("sessions", "UInt64"), "event_count": ("events", "UInt64"),
    "error_count": ("errors", "UInt64"), "total_tokens": ("tokens", "UInt64"),
    "total_cost_usd": ("ifNull(cost, toDecimal128(-1, 12))", "Decimal(38, 12)"),
}  # fmt: skip


def list_statement(project_id: str, query: GroupQuery, *, limit: int) -> Fragment:
    """Return the query for at most `limit` rows, each with its `sort_value` as text."""
    span = Span(query.from_us, query.to_us, with_earlier=True)
    filtered = compile_filter(query.filter, "traces", keys=keys_of(span))
    expression, type_name = _SORTS[query.sort.removeprefix("-")]
    is_descending = query.sort.startswith("-")
    direction = "DESC" if is_descending else "ASC"
    parameters: dict[str, Any] = {**filtered.parameters, **span_parameters(project_id, span), "limit": limit}
    after = "1"
    if query.after is not None:
        parameters["after_value"], parameters["after_id"] = query.after
        after = f"(sort, key) {'<' if is_descending else '>'} ({{after_value:{type_name}}}, {{after_id:String}})"
    return Fragment(
        f"""SELECT {_SHOWN[query.kind]}, toString(sort) AS sort_value
FROM (SELECT *, {expression} AS sort FROM ({_grouped(query.kind, span, filtered.sql)}))
WHERE {after}
ORDER BY sort {direction}, key {direction}
LIMIT {{limit:UInt32}}""",
        parameters,
    )


def one_statement(project_id: str, kind: GroupKind, group_id: str, span: Span) -> Fragment:
    """Return the query for the row of one session or end user."""
    is_it = f"{_KEYS[kind]} = {{group:String}}"
    return Fragment(
        f"SELECT {_SHOWN[kind]} FROM ({_grouped(kind, span, is_it)})",
        {**span_parameters(project_id, span), "group": group_id},
    )


def _grouped(kind: GroupKind, span: Span, condition: str) -> str:
    key = _KEYS[kind]
    return f"""
    SELECT {key} AS key, {_SUMS}, {_OF_KIND[kind]}
    FROM traces FINAL
    PREWHERE project_id = {{project:String}} AND {keys_of(span)}
    WHERE {key} != '' AND {times_of(span)} AND {condition}
    GROUP BY key"""


# A person, a rule and a model judge a trace a few times each; a page of more is read by nobody.
MAX_SCORES: Final = 1_000


def scores_statement(project_id: str, trace_id: str) -> Fragment:
    """Return the query for the scores of a trace and its events, of a trace with very many the first ones."""
    return Fragment(
        f"""SELECT event_id, if(parent_event_id = '', NULL, parent_event_id) AS target_event_id, name,
    toFloat64OrNull(attributes['score.value']) AS value, nullIf(attributes['score.label'], '') AS label,
    nullIf(attributes['comment'], '') AS comment,
    if(attributes['source'] = '', toString(dialect), attributes['source']) AS source,
    {_TIME.format("began")} AS start_time
FROM (
    SELECT event_id, parent_event_id, name, attributes, dialect, start_time AS began FROM events FINAL
    PREWHERE project_id = {{project:String}} AND trace_id = {{trace:String}} AND event_id IN (
        SELECT event_id FROM events
        PREWHERE project_id = {{project:String}} AND trace_id = {{trace:String}} AND type = 'eval_metric'
    )
    WHERE type = 'eval_metric'
)
ORDER BY began, event_id
LIMIT {{limit:UInt32}}""",
        {"project": project_id, "trace": trace_id, "limit": MAX_SCORES},
    )
