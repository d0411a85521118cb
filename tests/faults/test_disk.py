"""Faults D-04, D-07 and D-09 in short: syncs that fail and disks that fill up; the full counts run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.disk import fail_a_sync, fill_the_event_store, fill_the_queue, lose_what_was_stored


async def test_after_a_failed_sync_nothing_is_accepted_and_the_process_ends(tmp_path: Path) -> None:
    print(await fail_a_sync(tmp_path, 1))


async def test_a_full_disk_of_the_queue_refuses_before_accepting_and_is_well_again_by_itself(tmp_path: Path) -> None:
    print(await fill_the_queue(tmp_path, 2, hold_s=1.0))


async def test_a_full_disk_of_the_event_store_loses_nothing(tmp_path: Path) -> None:
    print(await fill_the_event_store(tmp_path, 2.0))


async def test_what_the_event_store_lost_comes_back_after_the_start(tmp_path: Path) -> None:
    print(await lose_what_was_stored(tmp_path))
