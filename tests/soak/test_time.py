"""Faults D-16 and D-17 at full count: pauses of half a minute, and a clock that jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.time import move_the_clock, pause_everything, wake_a_zombie

pytestmark = pytest.mark.timeout(3_600)


async def test_pauses_of_half_a_minute_lose_no_lease_and_double_nothing(tmp_path: Path) -> None:
    print(await pause_everything(tmp_path, 30.0, 3))


async def test_a_processor_that_slept_over_its_lease_changes_nothing_when_it_wakes(tmp_path: Path) -> None:
    print(await wake_a_zombie(tmp_path, 30.0))


async def test_a_clock_that_jumps_a_day_loses_no_lease_and_changes_no_event(tmp_path: Path) -> None:
    print(await move_the_clock(tmp_path, 5.0))
