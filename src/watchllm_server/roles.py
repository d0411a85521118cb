"""The roles that answer no requests, each as one coroutine that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from watchllm_server.bootstrap import new_login_link
from watchllm_server.clock import SystemClock
from watchllm_server.errors import SettingsError
from watchllm_server.lifeline import bind_to_parent, wait_for_stop
from watchllm_server.processor.service import run_processor
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring import (
    event_client,
    event_store_is_current,
    migrate_event_store,
    open_metadata,
    open_processor,
    run_embedded_engine,
)  # fmt: skip

START_POLL_S = 0.05


async def processor(settings: Settings, parent_pid: int | None) -> None:
    """Store accepted events until told to stop; the bundle at hand is finished first."""
    if parent_pid is not None:
        bind_to_parent(parent_pid)
    clock = SystemClock()
    stop = asyncio.Event()
    waiting = asyncio.create_task(wait_for_stop(parent_pid))
    waiting.add_done_callback(lambda _: stop.set())
    async with open_processor(settings, clock) as parts:
        await _wait_for_tables(parts.client, stop)
        await run_processor(
            parts.worker, parts.summaries, parts.queue, clock, grace_s=settings.queue_grace_s, stop=stop
        )
    await waiting


async def _wait_for_tables(client: object, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(StoreUnavailable):
            if await event_store_is_current(client):  # pyright: ignore[reportArgumentType]
                return
        await asyncio.sleep(START_POLL_S)


async def engine(settings: Settings, parent_pid: int | None) -> None:
    """Serve the embedded event store until told to stop."""
    if parent_pid is not None:
        bind_to_parent(parent_pid)
    running = asyncio.create_task(run_embedded_engine(settings, SystemClock()))
    stopping = asyncio.create_task(wait_for_stop(parent_pid))
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def migrate(settings: Settings) -> list[str]:
    """Bring the event store to this version; starts the embedded engine for it when none is running."""
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


async def login_link(settings: Settings) -> str:
    """Make a one-time login link for the first user; works beside a running server."""
    metadata = await open_metadata(settings)
    try:
        keys = load_server_keys(settings.data_dir)
        token = await new_login_link(settings, metadata, SystemClock(), keys.pepper)
    finally:
        await metadata.close()
    return f"{_address(settings)}/auth/link/{token}"


def _address(settings: Settings) -> str:
    try:
        found = msgspec.json.decode((settings.run_dir / "serve.json").read_bytes(), type=dict[str, object])
        return str(found["url"])
    except (FileNotFoundError, msgspec.DecodeError, KeyError):
        return f"http://{settings.host}:{settings.port}"
