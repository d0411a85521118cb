"""Fault D-26, sampled: files that end too early or have a flipped bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.damage import damage_copies, refuse_what_is_no_database


@pytest.mark.timeout(3_600)
async def test_damaged_files_are_started_with_or_refused_and_never_wrong(tmp_path: Path) -> None:
    print(await damage_copies(tmp_path, truncations=16, flips=30))


async def test_a_file_that_is_no_database_any_more_is_refused_with_one_line(tmp_path: Path) -> None:
    print(await refuse_what_is_no_database(tmp_path))
