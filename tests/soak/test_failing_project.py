"""Fault D-11 over five minutes: every event of one project fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.failing_project import fail_one_project


@pytest.mark.timeout(1_800)
async def test_five_minutes_of_a_project_that_fails_are_dead_letters_and_no_other_notices(tmp_path: Path) -> None:
    print(await fail_one_project(tmp_path, 300.0, baseline_s=60.0))
