"""Faults D-15 and D-25 in short: stops under load, and a second server; the full counts run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.stopping import start_a_second, stop_twice, stop_under_load


async def test_a_stop_under_load_answers_what_is_at_hand_and_turns_readiness_red(tmp_path: Path) -> None:
    print(await stop_under_load(tmp_path, 1))


async def test_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    print(await stop_twice(tmp_path))


async def test_a_second_server_on_the_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    print(await start_a_second(tmp_path))
