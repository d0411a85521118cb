"""Brings the stores to this version, beside a running server or without one; makes what a first start makes."""

from __future__ import annotations

import asyncio
import contextlib

from watchllm_server.bootstrap import FIRST_USER_ID, FirstStart, ensure_first_start
from watchllm_server.clock import SystemClock
from watchllm_server.errors import SettingsError
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring.engine import run_embedded_engine
from watchllm_server.wiring.events import event_client, migrate_event_store
from watchllm_server.wiring.stores import open_metadata


async def make_first(settings: Settings) -> FirstStart | None:
    """Make the first user, project and key; None where there is a user already."""
    keys, metadata = load_server_keys(settings.data_dir), await open_metadata(settings)
    try:
        if await metadata.find_user(FIRST_USER_ID) is not None:
            return None
        return await ensure_first_start(settings, metadata, SystemClock(), keys.pepper)
    finally:
        await metadata.close()


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
