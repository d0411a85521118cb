"""Faults D-06, D-18 and D-19 at full count: the connection to the event store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.connection import cut_inserts, never_answer, slow_and_flapping

pytestmark = pytest.mark.timeout(3_600)


async def test_a_thousand_lost_answers_double_nothing(tmp_path: Path) -> None:
    print(await cut_inserts(tmp_path, 1_000, events=10_000))


async def test_an_event_store_that_never_answers_is_given_up_after_ten_seconds(tmp_path: Path) -> None:
    print(await never_answer(tmp_path, 60.0, timeout_s=10.0))


async def test_ten_minutes_of_a_slow_and_flapping_event_store_make_no_storm(tmp_path: Path) -> None:
    print(await slow_and_flapping(tmp_path, 600.0, delay_s=5.0, period_s=10.0))
