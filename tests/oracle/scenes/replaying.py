"""A kill in the middle of a replay of dead letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.dying import LETTERS, Dying, poison
from tests.running import Server, wait_until


def kill_during_a_replay(folder: Path, failpoint: str) -> None:
    """Replay twenty letters, die at the failpoint, and replay them again: none is lost, stored or counted twice."""
    server = Server(folder / "data")
    try:
        _kill(Dying(server), failpoint)
    finally:
        server.kill()


def _kill(dying: Dying, failpoint: str) -> None:
    dying.server.start()
    dying.break_engine()
    events = [poison() for _ in range(20)]
    names = [event["eventId"] for event in events]
    dying.send(*events)
    dying.wait_kept(*names)
    assert dying.counts() == (20, 0, 0, 20)
    dying.repair_engine()
    assert dying.server.stop() == 0

    dying.server.environment["WATCHLLM_FAILPOINTS"] = f"{failpoint}=kill*1"
    dying.server.start()
    with pytest.raises(ConnectionError):
        dying.post("replay", {"event_ids": names})
    assert (dying.server.data_dir / "run" / "failpoints" / failpoint).stat().st_size == 1
    dying.server.kill()

    dying.server.environment.clear()
    dying.server.start()
    dying.ask_for("replay", {"event_ids": names})
    wait_until(lambda: dying.counts() == (20, 20, 0, 0))
    assert dying.kept() == []
    for name in names:
        assert dying.browser.get(f"/api/v1/events/{name}").status == 200
        assert dying.get(f"{LETTERS}/{name}")["state"] in ("replayed", "superseded")
