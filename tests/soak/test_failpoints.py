"""Faults D-02 and D-05 at full count: kills at named places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.failpoints import kill_after_the_commit, kill_before_the_commit, kill_the_processor_everywhere

pytestmark = pytest.mark.timeout(3_600)


async def test_a_hundred_kills_before_the_commit_answer_nothing_and_store_nothing(tmp_path: Path) -> None:
    print(await kill_before_the_commit(tmp_path, 100))


async def test_a_hundred_kills_between_commit_and_answer_store_once_after_the_retry(tmp_path: Path) -> None:
    print(await kill_after_the_commit(tmp_path, 100))


async def test_ten_kills_of_the_processor_at_every_failpoint_lose_double_and_change_nothing(tmp_path: Path) -> None:
    print(await kill_the_processor_everywhere(tmp_path, 10, events=100_000))
