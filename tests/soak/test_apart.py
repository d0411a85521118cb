"""D-05, D-06, D-21, D-22 and D-47 at full count with the roles apart on Redis and MongoDB, of which any may die."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.apart import Apart, die_with_entries, kill_at_random, kill_redis
from tests.oracle.scenes.connection import cut_inserts
from tests.oracle.scenes.failpoints import kill_the_processor_everywhere
from tests.oracle.scenes.time import wake_a_zombie
from tests.oracle.stores import ScaledStores

pytestmark = pytest.mark.timeout(2_400)


async def test_ten_minutes_of_random_kills_lose_double_and_change_nothing(tmp_path: Path) -> None:
    print(await kill_at_random(tmp_path, 600.0, events_per_s=200.0, seed=47, pausing=0.3))


async def test_ten_kills_of_two_processors_at_every_failpoint_lose_double_and_change_nothing(tmp_path: Path) -> None:
    print(await kill_the_processor_everywhere(tmp_path, 10, events=50_000, stores=ScaledStores(tmp_path)))


async def test_a_thousand_lost_answers_double_nothing(tmp_path: Path) -> None:
    apart = Apart(tmp_path)
    async with apart.stores.running():
        print(await cut_inserts(tmp_path, 1_000, events=10_000, server=apart))


@pytest.mark.parametrize("sync", ["always", "everysec"])
async def test_thirty_kills_of_redis_lose_nothing_that_was_answered(tmp_path: Path, sync: str) -> None:
    print(await kill_redis(tmp_path, 30, sync=sync))


async def test_ten_thousand_entries_of_a_dead_processor_are_stored_once(tmp_path: Path) -> None:
    print(await die_with_entries(tmp_path, 10_000))


async def test_a_processor_that_slept_five_minutes_changes_nothing_when_it_wakes(tmp_path: Path) -> None:
    print(await wake_a_zombie(tmp_path, 300.0, ScaledStores(tmp_path)))
