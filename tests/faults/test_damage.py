"""Fault D-26 in short: a file that is no database any more; more kinds of damage run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.damage import refuse_what_is_no_database


async def test_a_file_that_is_no_database_any_more_is_refused_with_one_line(tmp_path: Path) -> None:
    print(await refuse_what_is_no_database(tmp_path))
