"""Faults D-15 and D-25 at full count: stops under load, a second SIGTERM, a second server on the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.stopping import start_a_second, stop_twice, stop_under_load


@pytest.mark.timeout(3_600)
async def test_fifty_stops_under_load_answer_what_is_at_hand_and_turn_readiness_red(tmp_path: Path) -> None:
    print(await stop_under_load(tmp_path, 50))


async def test_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    print(await stop_twice(tmp_path))


async def test_a_second_server_on_the_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    print(await start_a_second(tmp_path))
