"""Counts events and traces for dashboards, and finds the values of fields; the contract says what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from watchllm_server.stores.events import stats_queries
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract.stats import (
    OTHER,
    Bars,
    BreakdownQuery,
    Group,
    Quantiles,
    Series,
    SeriesQuery,
    StatsQuery,
    Totals,
    ValueCount,
    ValuesQuery,
)
from watchllm_server.stores.events.value_queries import values_statement

_SECOND_US: Final = 1_000_000
_NOTHING: Final = Quantiles(None, None, None)
_NO_TOTALS: Final = Totals(
    events=0, traces=0, errors=0, model_calls=0, unpriced_count=0, input_tokens=0, output_tokens=0, cost_usd="0",
    latency_ms=_NOTHING, first_token_ms=_NOTHING,
)  # fmt: skip
# What an interval without any event has; there is no rate and no quantile of nothing.
_EMPTY: Final[dict[str, int | str]] = {
    **dict.fromkeys(("events", "traces", "errors", "model_calls", "input_tokens", "output_tokens", "total_tokens"), 0),
    "total_cost_usd": "0",
}


class ClickHouseStats:
    """Implements `contract.stats.StatsReader`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def read_totals(self, project_id: str, query: StatsQuery) -> tuple[Totals, Totals]:
        rows = await self._rows(stats_queries.totals_statement(project_id, query))
        periods = {bool(row["is_current"]): _totals(row) for row in rows}
        return periods.get(True, _NO_TOTALS), periods.get(False, _NO_TOTALS)

    async def read_breakdown(self, project_id: str, query: BreakdownQuery) -> list[Group]:
        rows = await self._rows(stats_queries.breakdown_statement(project_id, query))
        return [
            Group(
                key=row["key"] or None,
                totals=_totals(row),
                previous_events=row["previous_events"],
                previous_errors=row["previous_errors"],
                previous_cost_usd=row["previous_cost_usd"],
            )
            for row in rows
        ]

    async def read_series(self, project_id: str, query: SeriesQuery) -> list[Series]:
        keys = [""]
        if query.by is not None:
            largest = await self._rows(stats_queries.largest_statement(project_id, query, query.by))
            keys = [row["key"] for row in largest]
        first, count = _intervals(query, query.interval_s)
        values: dict[str, list[Any]] = {key: [_EMPTY.get(query.metric)] * count for key in keys}
        for row in await self._rows(stats_queries.series_statement(project_id, query, keys)):
            series = values.setdefault(row["key"], [_EMPTY.get(query.metric)] * count)
            series[row["at"] - first] = row["value"]
        shown = [key for key in values if key != OTHER] + [key for key in values if key == OTHER]
        return [Series(key or None, values[key]) for key in shown]

    async def read_bars(self, project_id: str, query: StatsQuery, interval_s: int) -> Bars:
        first, count = _intervals(query, interval_s)
        bars = Bars([0] * count, [0] * count)
        for row in await self._rows(stats_queries.bars_statement(project_id, query, interval_s)):
            bars.traces[row["at"] - first] = row["traces"]
            bars.errors[row["at"] - first] = row["errors"]
        return bars

    async def list_values(self, project_id: str, query: ValuesQuery) -> Sequence[ValueCount]:
        return [ValueCount(row["value"], row["count"]) for row in await self._rows(values_statement(project_id, query))]

    async def _rows(self, statement: stats_queries.Fragment) -> list[dict[str, Any]]:
        return await self._client.read_rows(statement.sql, statement.parameters)


def _intervals(query: StatsQuery, interval_s: int) -> tuple[int, int]:
    """Return the number of the first interval since 1970, and how many there are."""
    first = query.from_us // _SECOND_US // interval_s
    last = (query.to_us - 1) // _SECOND_US // interval_s
    return first, last - first + 1


def _totals(row: Mapping[str, Any]) -> Totals:
    return Totals(
        events=row["events"],
        traces=row["traces"],
        errors=row["errors"],
        model_calls=row["model_calls"],
        unpriced_count=row["unpriced_count"],
        input_tokens=row["counted_input"],
        output_tokens=row["counted_output"],
        cost_usd=row["counted_cost"],
        latency_ms=_quantiles(row, "latency"),
        first_token_ms=_quantiles(row, "first_token"),
    )


def _quantiles(row: Mapping[str, Any], name: str) -> Quantiles:
    return Quantiles(*(us / 1_000 for us in row[name])) if row[f"{name}_count"] else _NOTHING
