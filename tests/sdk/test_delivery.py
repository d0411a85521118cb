"""The Python SDK delivers exactly once to a real server while answers get lost; `tests/soak` also kills the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.sdk_delivery import deliver


# Of a batch whose answers get lost four times in a row, the SDK rests for half a minute; some runs have several.
@pytest.mark.timeout(420)
async def test_events_of_threads_and_forks_arrive_exactly_once_while_answers_are_lost(tmp_path: Path) -> None:
    # Without a kill: the SDK would then look for the server twice a minute, and the run would take two.
    outcome = await deliver(tmp_path, events=2_000, kills=0)
    print(outcome.report())
