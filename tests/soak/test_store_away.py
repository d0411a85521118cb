"""Fault D-08 at full count: ten minutes without the event store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.store_away import take_the_store_away


@pytest.mark.timeout(3_600)
async def test_ten_minutes_without_the_event_store_are_accepted_and_caught_up_with(tmp_path: Path) -> None:
    print(await take_the_store_away(tmp_path, 600.0, events_per_s=500.0))
