"""Fault D-15 in short: a stop under load; the full count and D-25 run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.stopping import stop_under_load


async def test_a_stop_under_load_answers_what_is_at_hand_and_turns_readiness_red(tmp_path: Path) -> None:
    print(await stop_under_load(tmp_path, 1))
