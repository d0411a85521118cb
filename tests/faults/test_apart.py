"""Faults D-21, D-22 and D-47 in short: the roles apart on Redis; ten minutes of kills run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.apart import die_with_entries, kill_at_random


async def test_random_kills_of_roles_and_of_redis_lose_double_and_change_nothing(tmp_path: Path) -> None:
    print(await kill_at_random(tmp_path, 10.0, events_per_s=150.0, seed=47))


async def test_what_a_dead_processor_held_is_stored_by_another_one_once(tmp_path: Path) -> None:
    print(await die_with_entries(tmp_path, 2_000))
