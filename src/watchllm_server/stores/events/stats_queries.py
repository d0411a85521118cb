"""The SQL that counts events by their figures; it reads no text, and every number is of unique events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchllm_server.stores.events.contract.stats import (
    OTHER,
    BreakdownQuery,
    BreakdownSort,
    Dimension,
    Metric,
    SeriesQuery,
    StatsQuery,
)
from watchllm_server.stores.events.filters import Fragment, compile_filter
from watchllm_server.stores.events.spans import Span
from watchllm_server.stores.events.trace_keys import keys_of, span_parameters, times_of

_KEYS: Final[dict[Dimension, str]] = {
    "type": "toString(type)",
    "model": "toString(model)",
    "name": "toString(name)",
    "user_id": "user_id",
    "tag": "arrayJoin(if(empty(tags), [''], tags))",
    "environment": "toString(environment)",
    "provider": "toString(provider)",
    "status": "toString(status)",
    "agent_name": "toString(agent_name)",
    "tool_name": "toString(tool_name)",
    "session_id": "session_id",
}
# By these, how long something takes is asked of each event; by all others, of the calls of models.
_OWN_LATENCY: Final[frozenset[Dimension | None]] = frozenset({"type", "name", "agent_name", "tool_name"})
_IS_CALL: Final = "(is_counted AND type = 'model_response')"
# A call that stands elsewhere already is not timed twice.
_IS_ONE_EVENT: Final = "(is_counted OR type != 'model_response')"
_QUANTILES: Final = "quantilesExactIf(0.5, 0.95, 0.99)"
# By hash: eight bytes instead of thirty-two for each trace that is counted.
_TRACES: Final = "uniqExactIf(sipHash64(trace_id), {when})"
_HAS_PRICE: Final = "is_counted AND isNotNull(cost_usd)"
_LACKS_PRICE: Final = "is_counted AND has_usage AND isNull(cost_usd)"
# Usage without any price has no cost; no usage costs nothing.
_COST: Final = (
    f"if(countIf({{when}} AND {_HAS_PRICE}) = 0 AND countIf({{when}} AND {_LACKS_PRICE}) > 0, NULL,"
    f" toString(sumIf(ifNull(cost_usd, 0), {{when}} AND {_HAS_PRICE})))"
)
# A p of nothing is a NaN to the engine; here it is NULL.
_QUANTILE: Final = "if(countIf({of}) = 0, NULL, quantileExactIf({level})(assumeNotNull({column}), {of}) / 1000)"
_SUMS: Final[dict[Metric, str]] = {
    "events": "count()",
    "traces": _TRACES.format(when=1),
    "errors": "countIf(is_error)",
    "error_rate": "countIf(is_error) / count()",
    "model_calls": f"countIf({_IS_CALL})",
    "total_cost_usd": _COST.format(when=1),
    "input_tokens": "sumIf(input_tokens, is_counted)",
    "output_tokens": "sumIf(output_tokens, is_counted)",
    "total_tokens": "sumIf(input_tokens + output_tokens, is_counted)",
}
# By which the largest keys are chosen; by the number of events where there is nothing to sum.
_WEIGHTS: Final[dict[Metric, str]] = {
    **{name: _SUMS[name] for name in ("traces", "errors", "model_calls")},
    **{name: _SUMS[name] for name in ("input_tokens", "output_tokens", "total_tokens")},
    "total_cost_usd": f"sumIf(ifNull(cost_usd, 0), {_HAS_PRICE})",
}
_SORTS: Final[dict[str, str]] = {
    "events": "events", "traces": "traces", "errors": "errors", "error_rate": "errors / events",
    "total_cost_usd": "ifNull(toDecimal128(counted_cost, 12), toDecimal128(-1, 12))",
    "total_tokens": "counted_input + counted_output", "model_calls": "model_calls",
    "latency_p95": "if(latency_count = 0, -1, latency[2])",
    "first_token_p95": "if(first_token_count = 0, -1, first_token[2])",
}  # fmt: skip


def totals_statement(project_id: str, query: StatsQuery) -> Fragment:
    """Return the query for up to two rows: `is_current` or not, with the totals of each period."""
    whole, source = _both_periods(project_id, query)
    return Fragment(
        f"""SELECT is_current, {_totals("1", None)}
FROM (SELECT *, start_time >= fromUnixTimestamp64Micro({{middle:Int64}}, 'UTC') AS is_current FROM {source})
GROUP BY is_current""",
        whole.parameters,
    )


def breakdown_statement(project_id: str, query: BreakdownQuery) -> Fragment:
    """Return the query for the totals of each key that has events in the current period, with those before."""
    whole, source = _both_periods(project_id, query)
    now, before = "is_current", "NOT is_current"
    return Fragment(
        f"""SELECT {_KEYS[query.by]} AS key, {_totals(now, query.by)},
    countIf({before}) AS previous_events, countIf({before} AND is_error) AS previous_errors,
    {_COST.format(when=before)} AS previous_cost_usd
FROM (SELECT *, start_time >= fromUnixTimestamp64Micro({{middle:Int64}}, 'UTC') AS is_current FROM {source})
GROUP BY key
HAVING events > 0
ORDER BY {_order(query.sort)}, key
LIMIT {{limit:UInt32}}""",
        {**whole.parameters, "limit": query.limit},
    )


def _order(sort: BreakdownSort) -> str:
    return f"{_SORTS[sort.removeprefix('-')]} {'DESC' if sort.startswith('-') else 'ASC'}"


def _totals(when: str, by: Dimension | None) -> str:
    def quantiles(column: str, name: str) -> str:
        timed = f"{when} AND {_timed(by, column)}"
        return f"countIf({timed}) AS {name}_count, {_QUANTILES}(assumeNotNull({column}), {timed}) AS {name}"

    return f"""countIf({when}) AS events, {_TRACES.format(when=when)} AS traces, countIf({when} AND is_error) AS errors,
    countIf({when} AND {_IS_CALL}) AS model_calls, countIf({when} AND {_LACKS_PRICE}) AS unpriced_count,
    sumIf(input_tokens, {when} AND is_counted) AS counted_input,
    sumIf(output_tokens, {when} AND is_counted) AS counted_output, {_COST.format(when=when)} AS counted_cost,
    {quantiles("duration_us", "latency")}, {quantiles("first_token_us", "first_token")}"""


def largest_statement(project_id: str, query: SeriesQuery, by: Dimension) -> Fragment:
    """Return the query for the largest keys, in order."""
    source = _figures(project_id, Span(query.from_us, query.to_us, with_earlier=True), query)
    weight = _WEIGHTS.get(query.metric, "count()")
    return Fragment(
        f"SELECT {_KEYS[by]} AS key FROM {source.sql} GROUP BY key ORDER BY {weight} DESC, key LIMIT {{limit:UInt32}}",
        {**source.parameters, "limit": query.limit},
    )


def series_statement(project_id: str, query: SeriesQuery, largest: Sequence[str]) -> Fragment:
    """Return the query for (interval, key, value) rows; keys that are not among the largest are `OTHER`."""
    source = _figures(project_id, Span(query.from_us, query.to_us, with_earlier=True), query)
    value = _SUMS.get(query.metric) or _quantile(query.metric, query.by)
    key = "''" if query.by is None else _largest_or_other(query.by)
    return Fragment(
        f"""SELECT intDiv(toUnixTimestamp64Micro(start_time), toInt64({{interval:UInt32}}) * 1000000) AS at,
    {key} AS key, {value} AS value
FROM {source.sql}
GROUP BY at, key""",
        {**source.parameters, "interval": query.interval_s, "largest": list(largest), "other": OTHER},
    )


def _largest_or_other(by: Dimension) -> str:
    named = "if(has({{largest:Array(String)}}, {0}), {0}, {{other:String}})"
    if by == "tag":
        # Once for each event, however many of its tags are among the rest.
        one = named.format("toString(one)")
        return f"arrayJoin(arrayDistinct(arrayMap(one -> {one}, if(empty(tags), [''], tags))))"
    return named.format(_KEYS[by])


def _quantile(metric: Metric, by: Dimension | None) -> str:
    name, _, level = metric.rpartition("_p")
    column = "duration_us" if name == "latency" else "first_token_us"
    return _QUANTILE.format(of=_timed(by, column), column=column, level=f"0.{level}")


def _timed(by: Dimension | None, column: str) -> str:
    """Return which events are timed: those of which the column is known, each call once."""
    of = _IS_ONE_EVENT if column == "duration_us" and by in _OWN_LATENCY else _IS_CALL
    return f"{of} AND isNotNull({column})"


def bars_statement(project_id: str, query: StatsQuery, interval_s: int) -> Fragment:
    """Return the query for (interval, traces, errors) rows over summaries of traces."""
    span = Span(query.from_us, query.to_us, with_earlier=True)
    filtered = compile_filter(query.filter, "traces", keys=keys_of(span))
    began = "greatest(toUnixTimestamp64Micro(start_time), {low:Int64})"
    return Fragment(
        f"""SELECT intDiv({began}, toInt64({{interval:UInt32}}) * 1000000) AS at, count() AS traces,
    countIf(status = 'error') AS errors
FROM traces FINAL
PREWHERE project_id = {{project:String}} AND {keys_of(span)}
WHERE {times_of(span)} AND {filtered.sql}
GROUP BY at""",
        {**filtered.parameters, **span_parameters(project_id, span), "interval": interval_s},
    )


def _both_periods(project_id: str, query: StatsQuery) -> tuple[Fragment, str]:
    length_us = query.to_us - query.from_us
    span = Span(max(query.from_us - length_us, 0), query.to_us, with_earlier=True)
    source = _figures(project_id, span, query)
    return Fragment(source.sql, {**source.parameters, "middle": query.from_us}), source.sql


def _figures(project_id: str, span: Span, query: StatsQuery) -> Fragment:
    """Return the figures of the events that start in a span and match, as a table."""
    filtered = compile_filter(query.filter, "event_figures", keys=keys_of(span))
    return Fragment(
        f"""(SELECT * FROM event_figures FINAL
    PREWHERE project_id = {{project:String}} AND {keys_of(span)}
    WHERE is_deleted = 0 AND start_time >= fromUnixTimestamp64Micro({{low:Int64}}, 'UTC')
        AND start_time < fromUnixTimestamp64Micro({{high:Int64}}, 'UTC') AND {filtered.sql})""",
        {**filtered.parameters, **span_parameters(project_id, span)},
    )
