"""All roles on one port: answers requests itself, and runs the engine and the processor as children.

The start answers as soon as the queue is open: acceptance needs no event store. The stop goes in order: no
new requests, then no new bundles, then the engine.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from watchllm_server import telemetry
from watchllm_server.children import STARTING_STOP_S, STOP_S, Child, stop_all
from watchllm_server.clock import Clock, SystemClock
from watchllm_server.data_folder import DataFolder
from watchllm_server.errors import Unavailable
from watchllm_server.listening import Bound, bind, url_of
from watchllm_server.settings import Settings, environment_for_child

if TYPE_CHECKING:
    from watchllm_server.bootstrap import FirstStart
    from watchllm_server.web_server import WebServer

# Asking an engine that is starting is one refused connection.
START_POLL_S: Final = 0.05
# An event store that refuses for longer is not starting but broken: say so, and ask less often.
SLOW_START_S: Final = 20.0
BROKEN_POLL_S: Final = 5.0
# Between a readiness that says no and a port that refuses: whoever asks now sees the former.
SEEN_RED_S: Final = 0.2


def children_of(settings: Settings, clock: Clock) -> list[Child]:
    """Return the processes that stand beside the web server, in the order of their start."""
    environment = environment_for_child(
        WATCHLLM_DATA_DIR=str(settings.data_dir.resolve()),
        WATCHLLM_LOG_LEVEL=settings.log_level,
        WATCHLLM_LOG_FORMAT=settings.log_format,
    )
    roles = ["engine", "processor"] if settings.has_embedded_engine else ["processor"]
    return [Child(role, environment, clock) for role in roles]


async def serve(settings: Settings, announce: Callable[[str, FirstStart], None]) -> None:
    """Run until SIGTERM or SIGINT. `announce` is called once, when an event sent now would be stored at once.

    Raises SettingsError when the folder is held or a setting is wrong.
    """
    with DataFolder(settings.data_dir), bind(settings) as bound:
        stop = _stop_on_signals()
        (settings.run_dir / "processor.json").unlink(missing_ok=True)
        clock = SystemClock()
        children = children_of(settings, clock)
        running = [asyncio.create_task(child.run()) for child in children]
        is_ready = asyncio.Event()

        def announce_ready(url: str, first: FirstStart) -> None:
            is_ready.set()
            announce(url, first)

        try:
            # Loading takes a second: in a thread, so that the children start and load meanwhile.
            loading = asyncio.create_task(asyncio.to_thread(_load))
            await asyncio.wait([loading, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                loading.result()
                await _answer_requests(settings, bound, clock, announce_ready, stop, running)
        finally:
            await stop_all(children, clock, STOP_S if is_ready.is_set() else STARTING_STOP_S)
            await asyncio.wait(running)
        for task in running:
            task.result()
    if not loading.done():
        # Nothing was begun, and a thread that loads hears nothing: on a busy machine it would take seconds more.
        os._exit(0)


def _load() -> None:
    for name in ("watchllm_server.bootstrap", "watchllm_server.web_server"):
        importlib.import_module(name)


async def _answer_requests(
    settings: Settings,
    bound: Bound,
    clock: Clock,
    announce: Callable[[str, FirstStart], None],
    stop: asyncio.Event,
    running: list[asyncio.Task[None]],
) -> None:
    from watchllm_server.bootstrap import ensure_first_start
    from watchllm_server.web_server import new_web_server, wait_until_started, write_address
    from watchllm_server.wiring.web import build_app, open_web

    async with open_web(settings, clock) as web:
        first = await ensure_first_start(settings, web.services.metadata, clock, web.server_keys.pepper)
        if first.api_key is not None:
            until_s = clock.monotonic_s() + settings.login_link_s
            web.services.first_key.remember(first.project_id, first.api_key, until_s)
        server = new_web_server(build_app(web.services, has_ingest=True, has_ui=True), settings)
        serving = asyncio.create_task(server.serve([bound]))
        failing = asyncio.create_task(web.services.queue.wait_failed())
        failing.add_done_callback(lambda _: stop.set())
        try:
            await wait_until_started(server, serving)
            url = url_of(bound, settings.host)
            write_address(settings, url)
            preparing = asyncio.create_task(_prepared(settings, clock))
            ending = [asyncio.create_task(stop.wait()), serving, *running]
            await _announce_and_wait(preparing, lambda: announce(url, first), ending)
            if failing.done():
                telemetry.queue_failed(failing.result())
                raise Unavailable(failing.result())
            web.services.stopping.set()
            await asyncio.sleep(SEEN_RED_S)
        finally:
            web.services.stopping.set()
            await _stop_answering(server, serving)


async def _announce_and_wait(
    preparing: asyncio.Task[None], announce: Callable[[], None], ending: list[asyncio.Task[Any]]
) -> None:
    """Announce when all is prepared; returns when the first of `ending` is done, raises what preparing failed with."""
    await asyncio.wait([preparing, *ending], return_when=asyncio.FIRST_COMPLETED)
    if preparing.done():
        preparing.result()
        announce()
        await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
    else:
        # An engine that is starting may keep its first answer back for seconds: a stop does not wait for it.
        preparing.cancel()
        await asyncio.wait([preparing])


async def _stop_answering(server: WebServer, serving: asyncio.Task[None]) -> None:
    server.should_exit = True
    await asyncio.wait([serving])
    if not serving.cancelled() and (error := serving.exception()) is not None:
        raise error


async def _prepared(settings: Settings, clock: Clock) -> None:
    """Wait for the event store, bring its tables to this version, and wait for the processor to be at work."""
    from watchllm_server.stores.events.contract import StoreUnavailable
    from watchllm_server.wiring.events import event_client, migrate_event_store

    client = event_client(settings)
    started_s, wait_s = clock.monotonic_s(), START_POLL_S
    try:
        while True:
            try:
                await migrate_event_store(client)
                break
            except StoreUnavailable as error:
                if clock.monotonic_s() - started_s > SLOW_START_S:
                    telemetry.event_store_refuses(str(error))
                    wait_s = BROKEN_POLL_S
            await asyncio.sleep(wait_s)
    finally:
        await client.close()
    # A file of another process: there is nothing to wait on but time.
    while not (settings.run_dir / "processor.json").exists():  # noqa: ASYNC110
        await asyncio.sleep(START_POLL_S)


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
