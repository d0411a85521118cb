"""The HTTP server of the roles that answer requests, and the run of one such role on its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import uvicorn

from watchllm_server import telemetry
from watchllm_server.clock import SystemClock
from watchllm_server.errors import SettingsError, Unavailable
from watchllm_server.garbage import keep_what_is_loaded
from watchllm_server.http_connection import BoundedConnection
from watchllm_server.listening import bind
from watchllm_server.security.private_file import write_private
from watchllm_server.settings import Settings
from watchllm_server.wiring.web import build_app, open_web

# A request that is still being answered when the stop comes gets this long.
GRACEFUL_S: Final = 3


class Address(msgspec.Struct, frozen=True):
    """Where `serve` answers: written to `<data-dir>/run/serve.json` for tools on the same machine."""

    url: str
    pid: int


class WebServer(uvicorn.Server):
    """uvicorn without its own signal handling: the order of the stop is ours."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


def new_web_server(app: Any, settings: Settings) -> WebServer:
    """Return the HTTP server of an application."""
    return WebServer(
        uvicorn.Config(
            app,
            http=BoundedConnection,
            # Nothing here speaks it: an upgrade that is offered is not taken.
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=settings.behind_proxy,
            timeout_graceful_shutdown=GRACEFUL_S,
        )
    )


async def wait_until_started(server: WebServer, serving: asyncio.Task[None]) -> None:
    """Return when the server answers and has all loaded. Raises what ended it before."""
    while not server.started:
        if serving.done():
            serving.result()
            raise SettingsError("the HTTP server ended while it started")
        await asyncio.sleep(0.01)
    keep_what_is_loaded()


def write_address(settings: Settings, url: str) -> None:
    """Say in the data folder where the server answers."""
    write_private(settings.run_dir / "serve.json", msgspec.json.encode(Address(url, os.getpid())))


async def run_role(settings: Settings, *, has_ingest: bool, has_ui: bool, until: Callable[[], Awaitable[None]]) -> None:
    """Run one answering role on its own port until `until` returns."""
    with bind(settings) as bound:
        async with open_web(settings, SystemClock()) as web:
            server = new_web_server(build_app(web.services, has_ingest=has_ingest, has_ui=has_ui), settings)
            serving = asyncio.create_task(server.serve([bound]))
            await wait_until_started(server, serving)
            stopping = asyncio.ensure_future(until())
            failing = asyncio.create_task(web.services.queue.wait_failed())
            await asyncio.wait([stopping, serving, failing], return_when=asyncio.FIRST_COMPLETED)
            web.services.stopping.set()
            server.should_exit = True
            await serving
            if failing.done():
                telemetry.queue_failed(failing.result())
                raise Unavailable(failing.result())
