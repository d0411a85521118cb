"""Fault D-11 in short: every event of one project fails; five minutes of it run in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.failing_project import BUSY_FLOORS_S, fail_one_project


async def test_a_project_all_of_whose_events_fail_is_dead_lettered_and_no_other_notices(tmp_path: Path) -> None:
    print(await fail_one_project(tmp_path, 10.0, baseline_s=5.0, floors_s=BUSY_FLOORS_S))
