"""Fault D-26 in short: a file that is no database any more, a damaged page; more kinds of damage run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.damage import put_into_quarantine, refuse_what_is_no_database


async def test_a_file_that_is_no_database_any_more_is_refused_with_one_line(tmp_path: Path) -> None:
    print(await refuse_what_is_no_database(tmp_path))


async def test_a_damaged_page_stops_everything_and_quarantine_lets_it_go_on(tmp_path: Path) -> None:
    print(await put_into_quarantine(tmp_path))
