"""The embedded engine's process: opens the folder, serves it on loopback, and says where in a run file.

One engine per folder. It lives apart from the roles, so that its crash never stops acceptance, and it is
started as a fresh process, never forked: a fork after opening hangs.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import uvicorn

from watchllm_server.clock import Clock
from watchllm_server.errors import SettingsError
from watchllm_server.security.private_file import write_private
from watchllm_server.security.tokens import new_session_token
from watchllm_server.stores.events.engine_address import EngineAddress
from watchllm_server.stores.events.engine_http import Engine, EngineApp

USER: Final = "watchllm"
# A killed engine lets go of its lock when the kernel has cleaned up its memory: seconds for a large one.
LOCK_WAIT_S: Final = 15.0


async def hold_lock(path: Path, clock: Clock) -> int:
    """Take the lock of a folder, waiting for a dying holder; returns the descriptor that keeps it.

    Raises SettingsError when a living engine has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = clock.monotonic_s() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if clock.monotonic_s() > deadline:
                os.close(descriptor)
                raise SettingsError(f"another engine holds {path}; stop it first") from None
            await asyncio.sleep(0.05)


async def run_engine(
    folder: Path, run_dir: Path, *, clock: Clock, reader_threads: int, memory_bytes: int, on_ready: Callable[[], None]
) -> None:
    """Serve the folder until the task is cancelled, then finish what runs and let go."""
    lock = await hold_lock(run_dir / "engine.lock", clock)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    engine = Engine(f"{folder}?max_server_memory_usage={memory_bytes}", reader_threads=reader_threads)
    password = new_session_token()
    app = EngineApp(engine, user=USER, password=password)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off", access_log=False)
    )
    # The command that started us owns the signals.
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())  # pyright: ignore[reportPrivateUsage]
    try:
        while not server.started:
            if serving.done():
                await serving
                raise SettingsError("the engine could not listen on loopback")
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        address = EngineAddress(f"http://127.0.0.1:{port}", USER, password, os.getpid())
        write_private(run_dir / "engine.json", msgspec.json.encode(address))
        on_ready()
        await serving
    finally:
        server.should_exit = True
        await asyncio.wait([serving])
        engine.close()
        os.close(lock)
