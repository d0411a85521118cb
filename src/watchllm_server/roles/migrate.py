"""Brings the event store to this version, beside a running server or without one."""

from __future__ import annotations

import asyncio
import contextlib

from watchllm_server.clock import SystemClock
from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring.engine import run_embedded_engine
from watchllm_server.wiring.events import event_client, migrate_event_store


async def run(settings: Settings) -> list[str]:
    """Return the names of the steps that were run; starts the embedded engine for it when none is running."""
    client = event_client(settings)
    own: asyncio.Task[None] | None = None
    try:
        try:
            return await migrate_event_store(client)
        except StoreUnavailable:
            if not settings.has_embedded_engine:
                raise SettingsError("the event store does not answer; check WATCHLLM_EVENT_STORE") from None
        ready = asyncio.Event()
        own = asyncio.create_task(run_embedded_engine(settings, SystemClock(), ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([own, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return await migrate_event_store(client)
    finally:
        await client.close()
        if own is not None:
            own.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await own
