"""The event store: its client, its tables, and the embedded engine."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings
from watchllm_server.stores.events.client import Client, Endpoint, Guard
from watchllm_server.stores.events.engine_address import read_address
from watchllm_server.stores.events.layout import Clustered, Layout
from watchllm_server.stores.events.migrate import is_current, migrate
from watchllm_server.stores.events.reader import ClickHouseReader


def event_client(settings: Settings) -> Client:
    """Return a client of the event store that `settings.event_store` names; it connects when first used."""
    guard = Guard(
        max_seconds=settings.query_max_seconds,
        max_bytes=settings.query_max_bytes,
        max_rows=settings.query_max_rows,
        concurrency=settings.query_concurrency,
    )
    if settings.has_embedded_engine:
        if settings.event_store_cluster:
            raise SettingsError("WATCHLLM_EVENT_STORE_CLUSTER needs a ClickHouse server in WATCHLLM_EVENT_STORE")
        return Client(lambda: _engine_endpoint(settings), guard=guard, write_timeout_s=settings.insert_timeout_s)
    endpoint = _endpoint_of(settings.event_store)
    layout = _layout_of(settings.event_store_cluster)
    return Client(lambda: endpoint, guard=guard, write_timeout_s=settings.insert_timeout_s, layout=layout)


def _layout_of(cluster: str) -> Layout:
    try:
        return Clustered(cluster) if cluster else Layout()
    except ValueError as error:
        raise SettingsError(f"WATCHLLM_EVENT_STORE_CLUSTER: {error}") from None


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


async def migrate_event_store(client: Client) -> list[str]:
    """Bring the tables to this version; returns the names of the steps that were run."""
    return await migrate(client)


async def event_store_is_current(client: Client) -> bool:
    """Tell whether every step has been run; never changes anything."""
    return await is_current(client)


async def event_store_version(client: Client) -> str:
    """Return the engine's version. Raises StoreUnavailable when it or its tables cannot be used."""
    return await ClickHouseReader(client).ping()
