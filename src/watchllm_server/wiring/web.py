"""The parts of the roles that answer requests: ingest and ui_backend."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from watchllm_server.clock import Clock
from watchllm_server.ingest.deps import IngestDeps
from watchllm_server.ingest.description import describe_ingest, ingest_schemas
from watchllm_server.ingest.redacting import Redaction
from watchllm_server.ingest.routes import PATHS, ingest_routes
from watchllm_server.public_address import public_url
from watchllm_server.security.keyfile import ServerKeys, load_server_keys
from watchllm_server.security.keys import KeyRing
from watchllm_server.security.outbound.mail import Mailer
from watchllm_server.security.tokens import Signer
from watchllm_server.settings import Settings
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.follow_reader import ClickHouseFollower
from watchllm_server.stores.events.group_reader import ClickHouseGroups
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.search_reader import ClickHouseSearch
from watchllm_server.stores.events.stats_reader import ClickHouseStats
from watchllm_server.ui_backend.app import create_app, describe_app
from watchllm_server.ui_backend.services import Services
from watchllm_server.ui_backend.sessions import Sessions
from watchllm_server.wiring.events import event_client
from watchllm_server.wiring.stores import formats, limits_of, open_counters, open_metadata, open_queue

WEB_DIR: Final = Path(__file__).parent.parent / "web_dist"

# How a request says who asks; every route but the anonymous ones needs one of them.
SECURITY_SCHEMES: Final = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key; X-API-Key and Basic work too."},
    "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "Set by signing in."},
}


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
    counters = open_counters(settings, clock, server_keys.pepper)
    client = event_client(settings)
    services = Services(
        settings=settings,
        clock=clock,
        queue=queue,
        reader=ClickHouseReader(client),
        stats=ClickHouseStats(client),
        groups=ClickHouseGroups(client),
        search=ClickHouseSearch(client),
        follower=ClickHouseFollower(client),
        letters=ClickHouseLetters(client),
        metadata=metadata,
        counters=counters,
        keys=KeyRing(metadata, clock, server_keys.pepper),
        sessions=Sessions(metadata, clock, server_keys.pepper, settings),
        signer=Signer(server_keys.signing),
        formats=formats(),
        pepper=server_keys.pepper,
        mailer=Mailer(settings),
        public_url=lambda: public_url(settings),
    )
    try:
        yield WebParts(services, client, server_keys)
    finally:
        await client.close()
        await counters.close()
        await metadata.close()
        await queue.close()


def build_app(services: Services, *, has_ingest: bool, has_ui: bool) -> FastAPI:
    """Return the application of one port with the wanted roles."""
    web_dir = WEB_DIR if has_ui else None
    large_bodies = PATHS if has_ingest else ()
    app = create_app(services, web_dir=web_dir, has_ui=has_ui, large_bodies=large_bodies)
    if has_ingest:
        deps = IngestDeps(
            settings=services.settings,
            clock=services.clock,
            queue=services.queue,
            keys=services.keys,
            formats=formats(),
            limits=limits_of(services.settings),
            redaction=Redaction(services.metadata, services.clock, services.pepper),
        )
        app.router.routes[:0] = ingest_routes(deps)
    app.openapi = lambda: _describe(app, has_ingest=has_ingest)
    return app


def openapi_document() -> Mapping[str, Any]:
    """Return the OpenAPI description of every route, without opening a store."""
    return _describe(describe_app(), has_ingest=True)


def _describe(app: FastAPI, *, has_ingest: bool) -> dict[str, Any]:
    """Return the description of an application's routes and of those of ingest beside them."""
    document = FastAPI.openapi(app)
    components = document.setdefault("components", {})
    components["securitySchemes"] = SECURITY_SCHEMES
    document["security"] = [{name: []} for name in SECURITY_SCHEMES]
    if has_ingest:
        for path, operations in describe_ingest().items():
            document["paths"].setdefault(path, {}).update(operations)
        components["schemas"].update(ingest_schemas())
    return document
