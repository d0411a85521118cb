"""The shapes of the answers of what counts, and how counts become them; money is a decimal string."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from watchllm_server.model.filter import FieldKind, Operator
from watchllm_server.stores.events.contract.stats import Dimension, Group, Metric, Quantiles, Totals
from watchllm_server.ui_backend.answers import Money


class QuantilesAnswer(BaseModel):
    """Exact quantiles in milliseconds, each the value of a real event; null where there is nothing to measure."""

    p50: float | None
    p95: float | None
    p99: float | None


class TotalsAnswer(BaseModel):
    """What a set of events sums up to; each call of a model counts once."""

    events: int
    traces: int
    errors: int = Field(description="Events that are errors, handled or not.")
    error_rate: float | None = Field(description="Errors of all events; null when there are none.")
    total_cost_usd: Money = Field(description="Decimal; null when there is usage, and no price for any of it.")
    unpriced_count: int = Field(description="Model calls whose cost is unknown and so missing in the total.")
    input_tokens: int
    output_tokens: int
    model_calls: int
    latency_ms: QuantilesAnswer = Field(description="Of calls of models.")
    first_token_ms: QuantilesAnswer = Field(description="Of calls of models whose sender says it.")


class _Range(BaseModel):
    from_: str = Field(alias="from")
    to: str
    note: str | None = Field(description="What was changed about what was asked for, such as a range that was cut.")


class Overview(TotalsAnswer, _Range):
    """The totals of a range, and of the range of the same length before it."""

    previous: TotalsAnswer


class SeriesAnswer(BaseModel):
    """One value for each of `times`; key null: what has no such value. The rest of the keys is `…other`."""

    key: str | None
    values: list[float | str | None] = Field(description="Counts, rates or milliseconds; money as decimal strings.")


class Timeseries(_Range):
    """One metric over time."""

    metric: Metric
    by: Dimension | None
    interval_s: int
    times: list[str] = Field(description="The beginning of each interval; the first may begin before `from`.")
    data: list[SeriesAnswer]


class PreviousGroup(BaseModel):
    """The same key in the range of the same length before."""

    events: int
    errors: int
    total_cost_usd: Money


class GroupAnswer(TotalsAnswer):
    """The totals of one key; null: of events that have none."""

    key: str | None
    latency_ms: QuantilesAnswer = Field(
        description="By type, name, agent or tool: of the events of the key; by anything else: of calls of models."
    )
    previous: PreviousGroup


class Breakdown(_Range):
    """Totals by one field, in the wanted order."""

    by: Dimension
    data: list[GroupAnswer]


class Timeline(_Range):
    """How many traces begin in each interval; one that began before `from` stands in the first."""

    interval_s: int
    times: list[str]
    traces: list[int]
    errors: list[int]


class FieldAnswer(BaseModel):
    """A field of the filter language. `attributes.` stands for every attribute, by its key."""

    field: str
    kind: FieldKind
    operators: list[Operator]
    has_values: bool = Field(description="Whether `/values` lists its values.")


class Fields(BaseModel):
    """The fields of a subject."""

    subject: Literal["traces", "events"]
    data: list[FieldAnswer]


class ValueAnswer(BaseModel):
    """A value, and in how many events or traces of the range it was seen."""

    value: str
    count: int


class Values(_Range):
    """The most frequent values of a field."""

    data: list[ValueAnswer]


def totals_answer(totals: Totals) -> dict[str, Any]:
    """Return the answer of totals."""
    return {
        "events": totals.events,
        "traces": totals.traces,
        "errors": totals.errors,
        "error_rate": totals.errors / totals.events if totals.events else None,
        "total_cost_usd": totals.cost_usd,
        "unpriced_count": totals.unpriced_count,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "model_calls": totals.model_calls,
        "latency_ms": _quantiles(totals.latency_ms),
        "first_token_ms": _quantiles(totals.first_token_ms),
    }


def group_answer(group: Group) -> dict[str, Any]:
    """Return the answer of one key."""
    previous = {
        "events": group.previous_events,
        "errors": group.previous_errors,
        "total_cost_usd": group.previous_cost_usd,
    }
    return {"key": group.key, **totals_answer(group.totals), "previous": previous}


def _quantiles(quantiles: Quantiles) -> dict[str, float | None]:
    return {"p50": quantiles.p50, "p95": quantiles.p95, "p99": quantiles.p99}
