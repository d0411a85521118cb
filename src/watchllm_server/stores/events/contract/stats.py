"""The promises of what counts events: totals, series, breakdowns, bars over traces, and the values of fields.

All are made of the figures of unique events, written together with the summaries of their traces: a repeat counts
nothing, and the usage of a model call counts once, so sums over events equal the sums of the traces' totals. An event
that names no end user, session, environment or release has those of its trace, and every event has its trace's tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import msgspec

from watchllm_server.model.filter import Node, Subject

Metric = Literal[
    "events", "traces", "errors", "error_rate", "model_calls", "total_cost_usd", "input_tokens", "output_tokens",
    "total_tokens", "latency_p50", "latency_p95", "latency_p99", "first_token_p50", "first_token_p95",
]  # fmt: skip
Dimension = Literal[
    "type", "model", "name", "user_id", "tag", "environment", "provider", "status", "agent_name", "tool_name",
    "session_id",
]  # fmt: skip
BreakdownSort = Literal[
    "-events", "-traces", "-errors", "-error_rate", "-total_cost_usd", "-total_tokens", "-model_calls", "-latency_p95",
    "-first_token_p95", "events", "error_rate", "total_cost_usd", "latency_p95",
]  # fmt: skip
# The key of what does not belong to one of the largest keys.
OTHER: Final = "…other"


class StatsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are counted: those that start in [from, to) and match the filter."""

    from_us: int
    to_us: int
    filter: Node | None = None


class SeriesQuery(StatsQuery, frozen=True, kw_only=True):
    """One metric per interval, of all events or of the `limit` largest keys and the rest."""

    metric: Metric
    interval_s: int
    by: Dimension | None = None
    limit: int = 8


class BreakdownQuery(StatsQuery, frozen=True, kw_only=True):
    """The totals of the first `limit` keys in `sort` order."""

    by: Dimension
    sort: BreakdownSort = "-events"
    limit: int = 50


class ValuesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a field, or the keys of attributes (field `attributes`), that begin with `prefix` in any case."""

    subject: Subject
    field: str
    from_us: int
    to_us: int
    prefix: str = ""
    limit: int = 20


class Quantiles(msgspec.Struct, frozen=True):
    """Exact quantiles (the values of real events) in milliseconds; None where there is nothing to measure."""

    p50: float | None
    p95: float | None
    p99: float | None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of events sums up to. `cost_usd` is None when there is usage and none of it has a price."""

    events: int
    traces: int
    errors: int
    model_calls: int
    unpriced_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: str | None
    latency_ms: Quantiles
    first_token_ms: Quantiles


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The totals of one key (None: events that have none), and of the same key in the period before."""

    key: str | None
    totals: Totals
    previous_events: int
    previous_errors: int
    previous_cost_usd: str | None


class Series(msgspec.Struct, frozen=True):
    """One value an interval; money as decimal strings; None where nothing can be said."""

    key: str | None
    values: list[int | float | str | None]


class Bars(msgspec.Struct, frozen=True):
    """How many traces begin in each interval, and how many of these are errors."""

    traces: list[int]
    errors: list[int]


class ValueCount(msgspec.Struct, frozen=True):
    """A value of a field, and in how many events or traces it was seen."""

    value: str
    count: int


class StatsReader(Protocol):
    """What counts. Every read is bounded in time, memory and rows, and cannot write."""

    async def read_totals(self, project_id: str, query: StatsQuery) -> tuple[Totals, Totals]:
        """Return the totals of the range, and those of the range of the same length before it."""
        ...

    async def read_series(self, project_id: str, query: SeriesQuery) -> list[Series]:
        """Return the series, the largest first and the rest, under the key `OTHER`, last.

        Intervals are counted from 1970: the first contains `from`. Without `by` there is one series, of key None.
        """
        ...

    async def read_breakdown(self, project_id: str, query: BreakdownQuery) -> list[Group]: ...

    async def read_bars(self, project_id: str, query: StatsQuery, interval_s: int) -> Bars:
        """Count traces with events in the range; one that began before it stands in the first interval."""
        ...

    async def list_values(self, project_id: str, query: ValuesQuery) -> Sequence[ValueCount]:
        """Return values, the most frequent first. Those of attributes MAY be of the newest events alone."""
        ...
