"""Fault D-07 in short: a disk of the queue that fills up; the full counts of all disks run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.disk import fill_the_queue


async def test_a_full_disk_of_the_queue_refuses_before_accepting_and_is_well_again_by_itself(tmp_path: Path) -> None:
    print(await fill_the_queue(tmp_path, 1, hold_s=1.0))
