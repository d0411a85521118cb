"""Promise S-07 of the Python SDK at full count: lost answers and a dying server cost no event and double none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.sdk_delivery import deliver


@pytest.mark.timeout(1_800)
async def test_a_hundred_thousand_events_of_threads_and_forks_arrive_exactly_once(tmp_path: Path) -> None:
    outcome = await deliver(tmp_path, events=100_000, kills=2)
    assert outcome.kills == 2
    print(outcome.report())
