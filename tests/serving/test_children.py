"""The children of `serve` end when they are told to, whatever they are at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from watchllm_server import children
from watchllm_server.children import Child, stop_all
from watchllm_server.clock import SystemClock
from watchllm_server.settings import environment_for_child

# Far below the wait of the first test, and enough for a busy machine.
SOON_S = 20.0


def child_of(role: str, data_dir: Path) -> Child:
    return Child(role, environment_for_child(WATCHLLM_DATA_DIR=str(data_dir)), SystemClock())


async def test_a_stop_does_not_wait_until_a_child_that_failed_would_be_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "RESTART_MIN_S", 120.0)
    ended = asyncio.Event()

    def note_end(role: str, code: int, wait_s: float) -> None:
        assert (role, wait_s) == ("no-such-role", 120.0)
        ended.set()

    monkeypatch.setattr(children.telemetry, "child_ended", note_end)
    child = child_of("no-such-role", tmp_path)
    running = asyncio.create_task(child.run())
    await asyncio.wait_for(ended.wait(), SOON_S)
    await stop_all([child], SystemClock())
    await asyncio.wait_for(running, SOON_S)


async def test_a_child_that_was_being_started_when_the_stop_came_does_not_outlive_it(tmp_path: Path) -> None:
    child = child_of("engine", tmp_path)
    running = asyncio.create_task(child.run())
    # One turn of the loop: the start has begun, and has no process yet.
    await asyncio.sleep(0)
    await stop_all([child], SystemClock())
    await asyncio.wait_for(running, SOON_S)
