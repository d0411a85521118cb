"""A kill at each point of a replay neither loses an event nor stores or counts it twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.replaying import kill_during_a_replay


@pytest.mark.parametrize("failpoint", ["replay.enqueued", "replay.marked"])
def test_a_kill_during_a_replay_loses_and_doubles_nothing(tmp_path: Path, failpoint: str) -> None:
    kill_during_a_replay(tmp_path, failpoint)
