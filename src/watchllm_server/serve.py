"""All roles on one port: answers requests itself, and runs the engine and the processor as children.

The start answers as soon as the queue is open: acceptance needs no event store. The stop goes in order: no
new requests, then no new bundles, then the engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import uvicorn

from watchllm_server import telemetry
from watchllm_server.bootstrap import FirstStart, ensure_first_start
from watchllm_server.children import Child
from watchllm_server.clock import SystemClock
from watchllm_server.data_folder import DataFolder
from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings, environment_for_child
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring.events import event_client, migrate_event_store
from watchllm_server.wiring.web import build_app, open_web

# A request that is still being answered when the stop comes gets this long.
GRACEFUL_S: Final = 3
# Asking an engine that is starting is one refused connection.
START_POLL_S: Final = 0.05


class Address(msgspec.Struct, frozen=True):
    """Where `serve` answers: written to `<data-dir>/run/serve.json` for tools on the same machine."""

    url: str
    pid: int


class WebServer(uvicorn.Server):
    """uvicorn without its own signal handling: the order of the stop is ours."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


def web_server(app: Any, settings: Settings) -> WebServer:
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


def children_of(settings: Settings) -> list[Child]:
    """Return the processes that stand beside the web server, in the order of their start."""
    environment = environment_for_child(
        WATCHLLM_DATA_DIR=str(settings.data_dir.resolve()),
        WATCHLLM_LOG_LEVEL=settings.log_level,
        WATCHLLM_LOG_FORMAT=settings.log_format,
    )
    roles = ["engine", "processor"] if settings.has_embedded_engine else ["processor"]
    return [Child(role, environment, SystemClock()) for role in roles]


async def serve(settings: Settings, announce: Callable[[str, FirstStart], None]) -> None:
    """Run until SIGTERM or SIGINT. `announce` is called once, when a browser would get an answer.

    Raises SettingsError when the folder is held or a setting is wrong.
    """
    with DataFolder(settings.data_dir):
        clock = SystemClock()
        stop = _stop_on_signals()
        async with open_web(settings, clock) as web:
            first = await ensure_first_start(settings, web.services.metadata, clock, web.server_keys.pepper)
            if first.api_key is not None:
                until_s = clock.monotonic_s() + settings.login_link_s
                web.services.first_key.remember(first.project_id, first.api_key, until_s)
            children = children_of(settings)
            running = [asyncio.create_task(child.run()) for child in children]
            server = web_server(build_app(web.services, has_ingest=True, has_ui=True), settings)
            serving = asyncio.create_task(server.serve())
            try:
                url = await _listening(server, serving, settings)
                _write_address(settings, url)
                await _prepared(settings, stop)
                if not stop.is_set():
                    announce(url, first)
                await asyncio.wait(
                    [asyncio.create_task(stop.wait()), serving, *running], return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                await _stop_in_order(server, serving, children, running)


async def _listening(server: WebServer, serving: asyncio.Task[None], settings: Settings) -> str:
    while not server.started:
        if serving.done():
            raise SettingsError(f"cannot listen on {settings.host}:{settings.port}; is the port in use?")
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


def _write_address(settings: Settings, url: str) -> None:
    path = settings.run_dir / "serve.json"
    path.write_bytes(msgspec.json.encode(Address(url, os.getpid())))


async def _prepared(settings: Settings, stop: asyncio.Event) -> None:
    """Wait for the event store and bring its tables to this version."""
    client = event_client(settings)
    try:
        while not stop.is_set():
            try:
                await migrate_event_store(client)
                return
            except StoreUnavailable:
                await asyncio.sleep(START_POLL_S)
    finally:
        await client.close()


async def _stop_in_order(
    server: WebServer, serving: asyncio.Task[None], children: list[Child], running: list[asyncio.Task[None]]
) -> None:
    server.should_exit = True
    await asyncio.wait([serving])
    for child in reversed(children):
        await child.stop()
    await asyncio.wait(running)
    for task in (serving, *running):
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


def _stop_on_signals() -> asyncio.Event:
    """Return an event that the first SIGTERM or SIGINT sets; the second ends the process at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def on_signal(name: str) -> None:
        if stop.is_set():
            # The children die with us; what was acknowledged is on disk.
            os._exit(1)
        telemetry.stopping(name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number.name)
    return stop


async def run_role(settings: Settings, *, has_ingest: bool, has_ui: bool, until: Callable[[], Awaitable[None]]) -> None:
    """Run one answering role on its own port until `until` returns."""
    async with open_web(settings, SystemClock()) as web:
        server = web_server(build_app(web.services, has_ingest=has_ingest, has_ui=has_ui), settings)
        serving = asyncio.create_task(server.serve())
        await _listening(server, serving, settings)
        stopping = asyncio.ensure_future(until())
        await asyncio.wait([stopping, serving], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
