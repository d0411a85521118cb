"""Fault D-26 in short: a damaged page; more kinds of damage run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.damage import put_into_quarantine


async def test_a_damaged_page_stops_everything_and_quarantine_lets_it_go_on(tmp_path: Path) -> None:
    print(await put_into_quarantine(tmp_path))
