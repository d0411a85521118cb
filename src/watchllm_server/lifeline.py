"""Ties a child process to the `serve` that started it: it dies with it, and stops when told through stdin.

Ctrl-C and SIGTERM reach the whole process group; a child ignores them, since `serve` decides the order of
the stop: first no new requests, then no new bundles, then the engine.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def bind_to_parent(parent_pid: int) -> None:
    """Die when the parent dies; exits at once when it is dead already."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


async def wait_for_end_of_stdin() -> None:
    """Return when `serve` closes our stdin: the word to finish and stop."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        await reader.read()
    finally:
        transport.close()


async def wait_for_stop(parent_pid: int | None) -> None:
    """Return when this process must finish: told by `serve`, or by SIGTERM or SIGINT when it stands alone."""
    if parent_pid is not None:
        await wait_for_end_of_stdin()
        return
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
