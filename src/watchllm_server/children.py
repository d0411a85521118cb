"""The processes that `serve` starts: started as fresh interpreters, watched, started anew, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from typing import Final

from watchllm_server import telemetry
from watchllm_server.clock import Clock

# A process that ends at once must not be started a thousand times a minute.
RESTART_MIN_S: Final = 0.2
RESTART_MAX_S: Final = 10.0
# One that ran this long was well: its next failure starts the waits from the shortest again.
STEADY_S: Final = 5.0
# What a child gets to finish its work; an insert takes at most 10 s, but a stop must not.
STOP_S: Final = 6.0


class Child:
    """One role in a process of its own."""

    def __init__(self, role: str, environment: Mapping[str, str], clock: Clock) -> None:
        self._role = role
        self._environment = environment
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def run(self) -> None:
        """Keep the process running until `stop`; returns when it has ended for good."""
        wait_s = RESTART_MIN_S
        while not self._stopping:
            started_s = self._clock.monotonic_s()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "watchllm_server", self._role, "--parent", str(os.getpid()),
                stdin=asyncio.subprocess.PIPE, env=dict(self._environment),
            )  # fmt: skip
            telemetry.child_started(self._role, self._process.pid)
            code = await self._process.wait()
            if self._stopping:
                return
            if self._clock.monotonic_s() - started_s > STEADY_S:
                wait_s = RESTART_MIN_S
            telemetry.child_ended(self._role, code, wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RESTART_MAX_S)

    async def stop(self) -> None:
        """Tell the process to finish; kill it when it does not in time."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
