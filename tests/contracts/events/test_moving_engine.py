"""An engine that was killed comes back on another port with another password; its clients must follow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.running import wait_until

from watchllm_server.settings import Settings, environment_for_child, load_settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.stores.events.engine_address import read_address
from watchllm_server.wiring.events import event_client


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    known = read_address(settings.run_dir)
    process = subprocess.Popen(
        [sys.executable, "-m", "watchllm_server", "engine", "--data-dir", str(settings.data_dir)],
        env=environment_for_child(),
    )
    wait_until(lambda: read_address(settings.run_dir) != known, timeout_s=60)
    return process


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


async def test_a_client_follows_an_engine_that_was_killed_and_started_anew(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    engine = _start(settings)
    client = event_client(settings)
    try:
        assert await client.read_rows("SELECT 1 AS n") == [{"n": 1}]
        _kill(engine)
        with pytest.raises(StoreUnavailable):
            await client.read_rows("SELECT 2 AS n")
        engine = _start(settings)
        # One attempt may still end on the old address; it makes the next one ask where the engine is.
        for _ in range(2):
            try:
                rows = await client.read_rows("SELECT 3 AS n")
            except StoreUnavailable:
                continue
            assert rows == [{"n": 3}]
            return
        raise AssertionError("the client still asks where the engine was")
    finally:
        await client.close()
        _kill(engine)
