"""Every kept filter that is read is one that the real engine can answer, whatever its values are."""

from __future__ import annotations

import pytest

from tests.fuzz.filters import SUBJECTS
from tests.fuzz.refusals import refused_or
from tests.fuzz.targets import kept_inputs
from watchllm_server.model.filter import Node
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import EventQuery, TraceQuery
from watchllm_server.stores.events.reader import ClickHouseReader

DAY_US = 86_400 * 1_000_000
NOW_US = 1_795_000_000 * 1_000_000
FILTERS = [
    pytest.param(subject, node, id=f"{subject}/{path.name}")
    for path in kept_inputs("filter") for subject in SUBJECTS
    if (node := refused_or(lambda path=path, subject=subject: read_filter(path.read_bytes(), subject))) is not None
]  # fmt: skip


@pytest.mark.parametrize(("subject", "node"), FILTERS)
async def test_the_engine_answers_a_kept_filter(event_store: Client, subject: str, node: Node) -> None:
    reader = ClickHouseReader(event_store)
    from_us = NOW_US - DAY_US
    if subject == "traces":
        traces = await reader.list_traces("nobody", TraceQuery(from_us=from_us, to_us=NOW_US, filter=node))
        assert traces.rows == []
    else:
        events = await reader.list_events("nobody", EventQuery(from_us=from_us, to_us=NOW_US, filter=node))
        assert events.rows == []


def test_filters_of_every_kind_are_among_the_kept_ones() -> None:
    assert len(FILTERS) > 30
