"""Puts the parts together: the only place that names a backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from fastapi import FastAPI

from watchllm_server.clock import Clock
from watchllm_server.dialects.contract import Format, Limits
from watchllm_server.dialects.native import NativeJson
from watchllm_server.dialects.otlp import OtlpTracesJson, OtlpTracesProtobuf
from watchllm_server.errors import SettingsError
from watchllm_server.ingest.deps import IngestDeps
from watchllm_server.ingest.routes import ingest_routes
from watchllm_server.model.ids import new_owner_id
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.summaries import Summaries
from watchllm_server.processor.worker import Worker, WorkerOptions
from watchllm_server.security.keyfile import ServerKeys, load_server_keys
from watchllm_server.security.keys import KeyRing
from watchllm_server.security.tokens import Signer
from watchllm_server.settings import Settings
from watchllm_server.stores.events.client import Client, Endpoint, Guard
from watchllm_server.stores.events.engine import read_address, run_engine
from watchllm_server.stores.events.migrate import is_current, migrate
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.metadata.sqlite import SqliteMetadata
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.ui_backend.app import create_app, describe_app
from watchllm_server.ui_backend.services import Services
from watchllm_server.ui_backend.sessions import Sessions

WEB_DIR: Final = Path(__file__).parent / "web_dist"


def formats() -> dict[str, Format]:
    """Return every body format that the queue may hold, by name."""
    readers: tuple[Format, ...] = (NativeJson(), OtlpTracesProtobuf(), OtlpTracesJson())
    return {reader.name: reader for reader in readers}


def limits_of(settings: Settings) -> Limits:
    """Return the bounds of requests and events."""
    return Limits(
        max_events=settings.max_batch_events,
        max_event_bytes=settings.max_event_bytes,
        max_text_bytes=settings.max_text_bytes,
        max_depth=settings.max_depth,
        max_attributes=settings.max_attributes,
    )


async def open_queue(settings: Settings, clock: Clock) -> Queue:
    """Open the queue that `settings.queue` names."""
    return await SqliteQueue.open(
        settings.queue_path, clock=clock, max_events=settings.queue_max_events, max_bytes=settings.queue_max_bytes
    )


async def open_metadata(settings: Settings) -> MetadataStore:
    """Open the metadata store that `settings.metadata` names."""
    return await SqliteMetadata.open(settings.metadata_path)


def event_client(settings: Settings) -> Client:
    """Return a client of the event store that `settings.event_store` names; it connects when first used."""
    guard = Guard(
        max_seconds=settings.query_max_seconds,
        max_bytes=settings.query_max_bytes,
        max_rows=settings.query_max_rows,
        concurrency=settings.query_concurrency,
    )
    if settings.has_embedded_engine:
        return Client(lambda: _engine_endpoint(settings), guard=guard, write_timeout_s=settings.insert_timeout_s)
    endpoint = _endpoint_of(settings.event_store)
    return Client(lambda: endpoint, guard=guard, write_timeout_s=settings.insert_timeout_s)


def _engine_endpoint(settings: Settings) -> Endpoint | None:
    address = read_address(settings.run_dir)
    if address is None:
        return None
    url = urlsplit(address.url)
    return Endpoint(host=url.hostname or "127.0.0.1", port=url.port or 0, user=address.user, password=address.password)


def _endpoint_of(url: str) -> Endpoint:
    parts = urlsplit(url)
    if parts.scheme not in ("clickhouse", "clickhouses") or not parts.hostname:
        raise SettingsError("WATCHLLM_EVENT_STORE must be chdb:///path or clickhouse[s]://user:password@host:port/db")
    is_secure = parts.scheme == "clickhouses"
    return Endpoint(
        host=parts.hostname,
        port=parts.port or (8443 if is_secure else 8123),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or "default",
        secure=is_secure,
    )


@dataclass(frozen=True)
class ProcessorParts:
    """What the role of the processor runs on."""

    queue: Queue
    client: Client
    worker: Worker
    summaries: Summaries


@asynccontextmanager
async def open_processor(settings: Settings, clock: Clock):
    """Open the stores of a processor, and close them after."""
    queue = await open_queue(settings, clock)
    client = event_client(settings)
    writer = ClickHouseWriter(client)
    options = WorkerOptions(
        max_events=settings.bundle_max_events,
        max_bytes=settings.bundle_max_bytes,
        interval_s=settings.bundle_interval_ms / 1000,
        lease_s=settings.lease_s,
        retry_min_s=settings.retry_min_s,
        retry_max_s=settings.retry_max_s,
    )
    worker = Worker(queue, writer, Handlers(formats(), limits_of(settings)), clock, new_owner_id(), options)
    try:
        yield ProcessorParts(queue, client, worker, Summaries(queue, writer, clock))
    finally:
        await writer.close()
        await queue.close()


@dataclass(frozen=True)
class WebParts:
    """What the roles that answer requests run on."""

    services: Services
    client: Client
    server_keys: ServerKeys


@asynccontextmanager
async def open_web(settings: Settings, clock: Clock):
    """Open the stores of ingest and ui_backend, and close them after."""
    server_keys = load_server_keys(settings.data_dir)
    queue = await open_queue(settings, clock)
    metadata = await open_metadata(settings)
    client = event_client(settings)
    services = Services(
        settings=settings,
        clock=clock,
        queue=queue,
        reader=ClickHouseReader(client),
        metadata=metadata,
        keys=KeyRing(metadata, clock, server_keys.pepper),
        sessions=Sessions(metadata, clock, server_keys.pepper, settings),
        signer=Signer(server_keys.signing),
        pepper=server_keys.pepper,
    )
    try:
        yield WebParts(services, client, server_keys)
    finally:
        await client.close()
        await metadata.close()
        await queue.close()


def build_app(services: Services, *, has_ingest: bool, has_ui: bool) -> FastAPI:
    """Return the application of one port with the wanted roles."""
    web_dir = WEB_DIR if has_ui else None
    app = create_app(services, web_dir=web_dir, has_ui=has_ui)
    if has_ingest:
        deps = IngestDeps(
            settings=services.settings,
            clock=services.clock,
            queue=services.queue,
            keys=services.keys,
            formats=formats(),
            limits=limits_of(services.settings),
        )
        app.router.routes[:0] = ingest_routes(deps)
    return app


def openapi_document() -> Mapping[str, Any]:
    """Return the OpenAPI description of every route, without opening a store."""
    return describe_app().openapi()


async def migrate_event_store(client: Client) -> list[str]:
    """Bring the tables to this version; returns the names of the steps that were run."""
    return await migrate(client)


async def event_store_is_current(client: Client) -> bool:
    """Tell whether every step has been run; never changes anything."""
    return await is_current(client)


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
