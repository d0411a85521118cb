"""The SQL that finds the values of a field, for people who pick one from a list."""

from __future__ import annotations

from typing import Final

from watchllm_server.stores.events.contract.stats import ValuesQuery
from watchllm_server.stores.events.filters import ATTRIBUTE_PREFIX, Fragment
from watchllm_server.stores.events.spans import Span
from watchllm_server.stores.events.trace_keys import keys_of, span_parameters, times_of

# Attributes are read of this many of the newest events: enough to know the keys of an application, and read by key.
NEWEST_EVENTS: Final = 2_000
_ATTRIBUTES: Final = "attributes"
_ALL_KEYS: Final = "arrayJoin(mapKeys(attributes))"
_LISTS: Final = {"tags": "tags", "models": "models", "model": "models"}
# Fields of traces that are those of any of their events.
_OF_EVENTS: Final = frozenset({"type", "agent_name", "tool_name"})
_TRACE_COLUMNS: Final = frozenset({"name", "status", "session_id", "user_id", "environment", "release"})
_FIGURE_COLUMNS: Final = frozenset(
    {"type", "name", "status", "session_id", "user_id", "environment", "release", "model", "provider", "agent_name",
     "tool_name", "prompt_name", "prompt_version"}
)  # fmt: skip


def values_statement(project_id: str, query: ValuesQuery) -> Fragment:
    """Return the query for (value, count) rows; `query.field` is one of the subject's fields with values."""
    span = Span(query.from_us, query.to_us, with_earlier=True)
    return Fragment(
        f"""SELECT value, count
FROM ({_counted(query, span)})
WHERE value != '' AND positionCaseInsensitiveUTF8(value, {{prefix:String}}) = 1
ORDER BY count DESC, value
LIMIT {{limit:UInt32}}""",
        {
            **span_parameters(project_id, span),
            "prefix": query.prefix,
            "limit": query.limit,
            "attribute": query.field.removeprefix(ATTRIBUTE_PREFIX),
            "newest": NEWEST_EVENTS,
        },
    )


def _counted(query: ValuesQuery, span: Span) -> str:
    field = query.field
    if field == _ATTRIBUTES or field.startswith(ATTRIBUTE_PREFIX):
        return _of_attributes(_ALL_KEYS if field == _ATTRIBUTES else "attributes[{attribute:String}]")
    if query.subject == "traces" and field not in _OF_EVENTS:
        column = f"arrayJoin({_LISTS[field]})" if field in _LISTS else _known(field, _TRACE_COLUMNS)
        return f"""SELECT toString({column}) AS value, count() AS count FROM traces FINAL
    PREWHERE project_id = {{project:String}} AND {keys_of(span)} WHERE {times_of(span)} GROUP BY value"""
    column = "arrayJoin(tags)" if field == "tags" else _known(field, _FIGURE_COLUMNS)
    counted = "uniqExact(sipHash64(trace_id))" if query.subject == "traces" else "count()"
    return f"""SELECT toString({column}) AS value, {counted} AS count FROM event_figures FINAL
    PREWHERE project_id = {{project:String}} AND {keys_of(span)} WHERE {_STARTS} GROUP BY value"""


_STARTS: Final = (
    "is_deleted = 0 AND start_time >= fromUnixTimestamp64Micro({low:Int64}, 'UTC')"
    " AND start_time < fromUnixTimestamp64Micro({high:Int64}, 'UTC')"
)


def _of_attributes(value: str) -> str:
    # Whole hours, newest first, are the order of the key.
    return f"""SELECT {value} AS value, count() AS count FROM events
    PREWHERE project_id = {{project:String}} AND (trace_id, event_id) IN (
        SELECT trace_id, event_id FROM event_figures
        WHERE project_id = {{project:String}} AND bucket >= toDateTime({{low_bucket:UInt32}}, 'UTC')
            AND bucket <= toDateTime({{high_bucket:UInt32}}, 'UTC') AND {_STARTS}
        ORDER BY bucket DESC
        LIMIT {{newest:UInt32}})
    GROUP BY value"""


def _known(field: str, columns: frozenset[str]) -> str:
    if field not in columns:
        raise ValueError(f"{field} has no list of values")
    return field
