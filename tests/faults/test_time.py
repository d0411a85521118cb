"""Faults D-16 and D-17 in short: pauses longer than a lease, a clock that jumps; the full counts run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.time import move_the_clock, pause_everything, wake_a_zombie


async def test_a_pause_of_everything_loses_no_lease_and_doubles_nothing(tmp_path: Path) -> None:
    print(await pause_everything(tmp_path, 3.0, 1))


async def test_a_processor_that_slept_over_its_lease_changes_nothing_when_it_wakes(tmp_path: Path) -> None:
    print(await wake_a_zombie(tmp_path, 4.0))


async def test_a_clock_that_jumps_a_day_loses_no_lease_and_changes_no_event(tmp_path: Path) -> None:
    print(await move_the_clock(tmp_path, 0.5))
