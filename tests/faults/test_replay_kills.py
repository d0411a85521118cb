"""A kill in the middle of a replay neither loses an event nor stores or counts it twice; more points in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenes.replaying import kill_during_a_replay


def test_a_kill_during_a_replay_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kill_during_a_replay(tmp_path, "replay.enqueued")
