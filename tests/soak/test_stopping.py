"""Fault D-15 at full count: stops under load."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.stopping import stop_under_load


@pytest.mark.timeout(3_600)
async def test_fifty_stops_under_load_answer_what_is_at_hand_and_turn_readiness_red(tmp_path: Path) -> None:
    print(await stop_under_load(tmp_path, 50))
