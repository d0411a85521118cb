"""The HTTP server of the roles that answer requests, and the run of one such role on its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import uvicorn

from watchllm_server.clock import SystemClock
from watchllm_server.errors import SettingsError
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
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=settings.behind_proxy,
            timeout_graceful_shutdown=GRACEFUL_S,
            # Header blocks beyond this are refused with 431 by the parser's owner.
            h11_max_incomplete_event_size=32 * 1024,
        )
    )


async def listening(server: WebServer, serving: asyncio.Task[None], settings: Settings) -> str:
    """Return the address when the server answers. Raises SettingsError when it cannot listen."""
    while not server.started:
        if serving.done():
            raise SettingsError(f"cannot listen on {settings.host}:{settings.port}; is the port in use?")
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


def write_address(settings: Settings, url: str) -> None:
    """Say in the data folder where the server answers."""
    write_private(settings.run_dir / "serve.json", msgspec.json.encode(Address(url, os.getpid())))


async def run_role(settings: Settings, *, has_ingest: bool, has_ui: bool, until: Callable[[], Awaitable[None]]) -> None:
    """Run one answering role on its own port until `until` returns."""
    async with open_web(settings, SystemClock()) as web:
        server = new_web_server(build_app(web.services, has_ingest=has_ingest, has_ui=has_ui), settings)
        serving = asyncio.create_task(server.serve())
        await listening(server, serving, settings)
        stopping = asyncio.ensure_future(until())
        await asyncio.wait([stopping, serving], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
