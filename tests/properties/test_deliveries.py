"""Fault D-40 in short: some deliveries; 1,000 run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import RunningEngine
from tests.properties.equality import check_any_delivery

DELIVERIES = 25


def test_any_split_order_and_repetition_gives_the_same_rows_costs_and_summaries(
    engine: RunningEngine, tmp_path: Path
) -> None:
    check_any_delivery(engine.settings, tmp_path, DELIVERIES)
