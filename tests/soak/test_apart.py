"""Faults D-21, D-22 and D-47 at full count: the roles apart on Redis, of which any may die at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.apart import die_with_entries, kill_at_random


@pytest.mark.timeout(2_400)
async def test_ten_minutes_of_random_kills_lose_double_and_change_nothing(tmp_path: Path) -> None:
    print(await kill_at_random(tmp_path, 600.0, events_per_s=200.0, seed=47))


@pytest.mark.timeout(600)
async def test_ten_thousand_entries_of_a_dead_processor_are_stored_once(tmp_path: Path) -> None:
    print(await die_with_entries(tmp_path, 10_000))
