"""Fault D-06 in short: the connection to the event store; the full count, D-18 and D-19 run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.connection import cut_inserts


async def test_an_insert_whose_answer_was_lost_is_repeated_and_stored_once_also_after_a_restart(tmp_path: Path) -> None:
    print(await cut_inserts(tmp_path, 20, events=2_000))
