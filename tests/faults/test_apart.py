"""Fault D-22 in short: a processor dies with what it leased from Redis; ten minutes of kills run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.apart import die_with_entries


async def test_what_a_dead_processor_held_is_stored_by_another_one_once(tmp_path: Path) -> None:
    print(await die_with_entries(tmp_path, 2_000))
