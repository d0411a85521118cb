"""The processes that `serve` starts: started as fresh interpreters, watched, started anew, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from watchllm_server import telemetry
from watchllm_server.clock import Clock

# A process that ends at once must not be started a thousand times a minute.
RESTART_MIN_S: Final = 0.2
RESTART_MAX_S: Final = 10.0
# One that ran this long was well: its next failure starts the waits from the shortest again.
STEADY_S: Final = 5.0
# What all children together get to finish their work: a stop takes less than 10 s, though an insert may take as long.
# One that is killed instead loses nothing: its bundles are leased anew, and the engine's parts are on disk.
STOP_S: Final = 6.0
# What they get while the server is still starting: one that is loading does not hear that it should stop.
STARTING_STOP_S: Final = 1.0
# What the next one gets in any case, when the one before it used up all of that.
LAST_S: Final = 1.0


class Child:
    """One role in a process of its own."""

    def __init__(self, role: str, environment: Mapping[str, str], clock: Clock) -> None:
        self._role = role
        self._environment = environment
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Keep the process running until `stop`; returns when it has ended for good."""
        wait_s = RESTART_MIN_S
        while not self._stopping.is_set():
            started_s = self._clock.monotonic_s()
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "watchllm_server", self._role, "--parent", str(os.getpid()),
                stdin=asyncio.subprocess.PIPE, env=dict(self._environment),
            )  # fmt: skip
            if self._stopping.is_set():
                # The stop came while it was being started, and could tell nobody.
                process.kill()
            telemetry.child_started(self._role, process.pid)
            code = await process.wait()
            if self._stopping.is_set():
                return
            if self._clock.monotonic_s() - started_s > STEADY_S:
                wait_s = RESTART_MIN_S
            telemetry.child_ended(self._role, code, wait_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            wait_s = min(wait_s * 2, RESTART_MAX_S)

    async def stop(self, within_s: float) -> None:
        """Tell the process to finish; kill it when it does not in time."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(within_s):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def stop_all(children: Sequence[Child], clock: Clock, within_s: float = STOP_S) -> None:
    """Stop the children one after the other, the last started first, within `within_s` and LAST_S."""
    until_s = clock.monotonic_s() + within_s
    for child in reversed(children):
        await child.stop(max(until_s - clock.monotonic_s(), LAST_S))
