"""Faults D-06, D-18 and D-19 in short: the connection to the event store; the full counts run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.connection import BUSY_P99_MS, cut_inserts, never_answer, slow_and_flapping


async def test_an_insert_whose_answer_was_lost_is_repeated_and_stored_once_also_after_a_restart(tmp_path: Path) -> None:
    print(await cut_inserts(tmp_path, 20, events=2_000))


async def test_an_event_store_that_never_answers_is_given_up_on_a_new_connection_each_time(tmp_path: Path) -> None:
    print(await never_answer(tmp_path, 8.0, timeout_s=2.0, ingest_p99_ms=BUSY_P99_MS))


async def test_an_event_store_that_comes_and_goes_is_asked_less_and_less_often(tmp_path: Path) -> None:
    print(await slow_and_flapping(tmp_path, 12.0, delay_s=1.5, period_s=2.0, ingest_p99_ms=BUSY_P99_MS))
