"""The embedded engine; apart from the rest, since its process must load nothing else."""

from __future__ import annotations

from collections.abc import Callable

from watchllm_server.clock import Clock
from watchllm_server.settings import Settings
from watchllm_server.stores.events.engine import run_engine


async def run_embedded_engine(settings: Settings, clock: Clock, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve the embedded engine's folder until cancelled."""
    await run_engine(
        settings.engine_dir,
        settings.run_dir,
        clock=clock,
        # One more than reads at once, so that a health check is never behind a heavy query.
        reader_threads=settings.query_concurrency + 1,
        memory_bytes=settings.engine_memory_bytes,
        on_ready=on_ready,
    )
