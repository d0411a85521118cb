"""Faults D-13 and D-14 at full count: a queue at its cap, and bursts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.full_queue import burst, overfill

pytestmark = pytest.mark.timeout(7_200)


async def test_five_minutes_at_the_cap_refuse_before_accepting(tmp_path: Path) -> None:
    print(await overfill(tmp_path, 300.0, capacity=20_000))


async def test_five_bursts_of_a_million_events_are_all_there(tmp_path: Path) -> None:
    print(await burst(tmp_path, 1_000_000, 5))
