"""What the dashboard shows: totals, one metric over time, totals by a field, and bars over traces."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from watchllm_server.model.filter_reading import read_filter
from watchllm_server.stores.events.contract.stats import (
    BreakdownQuery,
    BreakdownSort,
    Dimension,
    Metric,
    SeriesQuery,
    StatsQuery,
)
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.intervals import Interval, interval_seconds, interval_times
from watchllm_server.ui_backend.parameters import Filter, From, TimeRange, To, range_fields, read_range
from watchllm_server.ui_backend.reading import json_answer, reading
from watchllm_server.ui_backend.services import services
from watchllm_server.ui_backend.stats_answers import (
    Breakdown,
    Overview,
    Timeline,
    Timeseries,
    group_answer,
    totals_answer,
)

router = APIRouter(prefix="/api/v1", tags=["stats"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]
By = Annotated[Dimension, Query(description="The field by which events are grouped.")]
# More lines than a person can tell apart.
MAX_SERIES = 50


@router.get("/stats/overview", response_model=Overview, summary="Read totals")
async def read_overview(
    request: Request, access: Reader, from_: From = None, to: To = None, filter: Filter = None
) -> Response:
    """Totals of the events that start in [`from`, `to`), and of the range of the same length before."""
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    query = StatsQuery(from_us=span.from_us, to_us=span.to_us, filter=_filter(filter))
    with reading():
        current, previous = await part.stats.read_totals(access.project_id, query)
    return _answer(span, **totals_answer(current), previous=totals_answer(previous))


@router.get("/stats/timeseries", response_model=Timeseries, summary="Read one metric over time")
async def read_timeseries(
    request: Request,
    access: Reader,
    metric: Metric,
    by: Annotated[Dimension | None, Query(description="One series for each of the largest keys.")] = None,
    interval: Interval = "auto",
    limit: Annotated[int, Query(ge=1, le=MAX_SERIES, description="Keys besides the rest.")] = 8,
    from_: From = None,
    to: To = None,
    filter: Filter = None,
) -> Response:
    """A metric of the events that start in each interval of [`from`, `to`)."""
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    seconds = interval_seconds(interval, span, most=part.settings.stats_max_intervals)
    query = SeriesQuery(
        from_us=span.from_us, to_us=span.to_us, filter=_filter(filter), metric=metric, by=by, interval_s=seconds,
        limit=limit,
    )  # fmt: skip
    with reading():
        series = await part.stats.read_series(access.project_id, query)
    data = [{"key": one.key, "values": one.values} for one in series]
    return _answer(span, metric=metric, by=by, interval_s=seconds, times=interval_times(span, seconds), data=data)


@router.get("/stats/breakdown", response_model=Breakdown, summary="Read totals by a field")
async def read_breakdown(
    request: Request,
    access: Reader,
    by: By,
    sort: BreakdownSort = "-events",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    from_: From = None,
    to: To = None,
    filter: Filter = None,
) -> Response:
    """Totals of the events of each key. An event counts for each of its tags."""
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    query = BreakdownQuery(
        from_us=span.from_us, to_us=span.to_us, filter=_filter(filter), by=by, sort=sort, limit=limit
    )
    with reading():
        groups = await part.stats.read_breakdown(access.project_id, query)
    return _answer(span, by=by, data=[group_answer(group) for group in groups])


# Before `/traces/{trace_id}` in the application, or the name would be read as an id.
@router.get("/traces/timeline", response_model=Timeline, summary="Read how many traces there were over time")
async def read_timeline(
    request: Request,
    access: Reader,
    interval: Interval = "auto",
    from_: From = None,
    to: To = None,
    filter: Filter = None,
) -> Response:
    """The traces that the list of the same range and filter shows, by when they began."""
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    seconds = interval_seconds(interval, span, most=part.settings.stats_max_intervals)
    node = None if filter is None else read_filter(filter, "traces")
    with reading():
        bars = await part.stats.read_bars(
            access.project_id, StatsQuery(from_us=span.from_us, to_us=span.to_us, filter=node), seconds
        )
    times = interval_times(span, seconds)
    return _answer(span, interval_s=seconds, times=times, traces=bars.traces, errors=bars.errors)


def _filter(text: str | None) -> Any:
    return None if text is None else read_filter(text, "events")


def _answer(span: TimeRange, **fields: Any) -> Response:
    return json_answer(orjson.dumps({**fields, **range_fields(span)}))
