"""The embedded event store as a process: serves until told to stop."""

from __future__ import annotations

import asyncio
import contextlib

from watchllm_server.clock import SystemClock
from watchllm_server.garbage import keep_what_is_loaded
from watchllm_server.lifeline import bind_to_parent, wait_for_stop
from watchllm_server.settings import Settings
from watchllm_server.wiring.engine import run_embedded_engine


async def run(settings: Settings, parent_pid: int | None) -> None:
    """Serve the embedded event store until told to stop."""
    if parent_pid is not None:
        bind_to_parent(parent_pid)
    keep_what_is_loaded()
    running = asyncio.create_task(run_embedded_engine(settings, SystemClock()))
    stopping = asyncio.create_task(wait_for_stop(parent_pid))
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
