"""Faults D-02 and D-05 in short: kills at named places; the full counts run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.failpoints import kill_after_the_commit, kill_the_processor_everywhere


async def test_a_kill_between_commit_and_answer_stores_once_after_the_retry(tmp_path: Path) -> None:
    print(await kill_after_the_commit(tmp_path, 1))


async def test_kills_of_the_processor_at_every_failpoint_lose_double_and_change_nothing(tmp_path: Path) -> None:
    print(await kill_the_processor_everywhere(tmp_path, 1, events=3_000))
