"""The embedded engine alone, as the event store that a test takes away, pauses and brings back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

from tests.oracle.server import COMMAND, ServerFailed, processes_of_group
from watchllm_server.clock import SystemClock
from watchllm_server.settings import environment_for_child
from watchllm_server.stores.events.engine_address import EngineAddress, read_address

_START_S = 60.0
_STOP_S = 20.0


class EngineProcess:
    """`watchllm engine` on a folder of its own; it may be started again after its end."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._clock = SystemClock()

    @property
    def address(self) -> EngineAddress:
        """Where it answers now; the password is another one after each start."""
        address = read_address(self.data_dir / "run")
        if address is None or self._process is None or address.pid != self._process.pid:
            raise ServerFailed("the engine does not run")
        return address

    async def start(self) -> None:
        """Start it and wait until it has said where it answers."""
        self._launch()
        give_up_s = self._clock.monotonic_s() + _START_S
        while not self._has_address():
            if self._clock.monotonic_s() > give_up_s:
                raise ServerFailed(f"the engine did not start\n{self._log_path.read_text(errors='replace')[-2_000:]}")
            await asyncio.sleep(0.02)

    @property
    def _log_path(self) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}.log")

    def _launch(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [str(COMMAND), "engine", "--data-dir", str(self.data_dir)], env=environment_for_child(), stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def _has_address(self) -> bool:
        try:
            return bool(self.address)
        except ServerFailed:
            return False

    async def stop(self) -> None:
        """End it as an operator does."""
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, _STOP_S)

    async def kill(self) -> None:
        """Kill -9 it, if it still runs."""
        if self._process is not None:
            if processes_of_group(self._process.pid):
                os.killpg(self._process.pid, signal.SIGKILL)
            await asyncio.to_thread(self._process.wait, _STOP_S)
