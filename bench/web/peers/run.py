"""Installs a peer, runs it in a process group of its own, fills it, and opens its pages."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
from tests.ports import free_port

from bench.web.chromium import Measured, measure
from bench.web.long_trace import long_trace
from bench.web.ours import LISTED_SPANS, RUN, SAMPLES, SMALL_ID, SMALL_SPANS, STEP, listed_ids
from bench.web.peers.peer import Peer
from bench.web.sending import send, until
from watchllm_server.clock import SystemClock

_READY_S: Final = 180.0
# Phoenix stores about a hundred spans a second on a small machine.
_VISIBLE_S: Final = 600.0


class NotInstalled(Exception):
    """The requirements of a peer cannot be installed here."""


async def measure_peer(kind: type[Peer], folder: Path) -> Measured:
    """Return the paint times of the peer's trace and list."""
    home = folder / kind.name
    home.mkdir(parents=True, exist_ok=True)
    venv = await _install(kind.name, home)
    peer = kind(home, port := free_port())
    url = f"http://127.0.0.1:{port}/v1/traces"
    async with aiohttp.ClientSession() as session, _running(peer, venv, home):
        await until(lambda: _is_ready(peer, session), SystemClock(), timeout_s=_READY_S)
        now_ms = SystemClock().now_us() // 1_000
        sizes = {SMALL_ID: SMALL_SPANS, **dict.fromkeys(listed_ids(), LISTED_SPANS)}
        for trace_id, spans in sizes.items():
            bodies = long_trace(trace_id, spans, start_ms=now_ms - spans * 110 - 60_000)
            await send(session, url, bodies, peer.headers)
        for trace_id, spans in sizes.items():

            async def is_there(trace_id: bytes = trace_id, spans: int = spans) -> bool:
                return await peer.count_spans(session, trace_id) >= spans

            await until(is_there, SystemClock(), timeout_s=_VISIBLE_S)
        pages = [("trace", await peer.trace_url(session, SMALL_ID), STEP), ("list", await peer.list_url(session), RUN)]
        return await measure(
            {"pages": [{"name": name, "url": at, "text": text, "samples": SAMPLES} for name, at, text in pages]}
        )


async def _install(name: str, home: Path) -> Path:
    """Return the environment of the peer; it is made once for a folder."""
    venv = home / "venv"
    if (venv / "installed").exists():
        return venv
    requirements = Path(__file__).with_name(f"{name}.txt")
    await _run(sys.executable, "-m", "venv", str(venv))
    pip = (str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes")
    await _run(*pip, "-r", str(requirements))
    (venv / "installed").touch()
    return venv


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()
    if process.returncode != 0:
        raise NotInstalled(err.decode(errors="replace")[-1_000:])


@asynccontextmanager
async def _running(peer: Peer, venv: Path, home: Path) -> AsyncGenerator[None]:
    program, *arguments = peer.command
    environment = {**os.environ, "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}", **peer.environment}
    with (home / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            str(venv / "bin" / program), *arguments, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _is_ready(peer: Peer, session: aiohttp.ClientSession) -> bool:
    try:
        return await peer.is_ready(session)
    except aiohttp.ClientError:
        return False
