"""Faults D-04, D-07 and D-09, many times over: syncs that fail and disks that fill up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.disk import fail_a_sync, fill_the_event_store, fill_the_queue, lose_what_was_stored

pytestmark = pytest.mark.timeout(3_600)


async def test_after_each_of_ten_failed_syncs_nothing_is_accepted(tmp_path: Path) -> None:
    print(await fail_a_sync(tmp_path, 10))


async def test_a_disk_of_the_queue_that_fills_up_ten_times_loses_nothing(tmp_path: Path) -> None:
    print(await fill_the_queue(tmp_path, 10, hold_s=3.0))


async def test_a_full_disk_of_the_event_store_loses_nothing(tmp_path: Path) -> None:
    print(await fill_the_event_store(tmp_path, 30.0))


async def test_what_the_event_store_lost_comes_back_after_the_start(tmp_path: Path) -> None:
    print(await lose_what_was_stored(tmp_path))
