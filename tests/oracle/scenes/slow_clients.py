"""D-37: clients that send a byte a second, that say nothing, or that stop in the middle, beside normal ones."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from tests.oracle.run import Run, p99_ms
from tests.oracle.server import API_KEY, Server
from watchllm_server.clock import SystemClock

# Below this the machine's noise is larger than any effect.
FLOOR_MS: Final = 100.0
_HEAD: Final = (
    "POST /api/v1/events/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"Authorization: Bearer {API_KEY}\r\nContent-Length: 100000\r\n\r\n["
).encode()
_HALF_HEAD: Final = b"POST /api/v1/events/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def crowd(folder: Path, *, slow: int, idle: int, patience_s: float, seconds: float) -> str:
    """Let slow and idle clients crowd the port, and compare what normal ones see with what they saw before."""
    server = Server(folder / "data", environment={"WATCHLLM_BODY_TIMEOUT_S": str(patience_s)})
    calm = Run(folder, server.base_url, seed=371, events_per_s=100)
    clock = SystemClock()
    lasted: list[float] = []

    async def crowd_in(run: Run) -> None:
        crowd: list[Streams] = []
        try:
            idle_ones = await _open(server.port, idle, b"")
            crowd += idle_ones
            slow_bodies = await _open(server.port, slow // 2, _HEAD)
            slow_heads = await _open(server.port, slow - slow // 2, _HALF_HEAD)
            crowd += slow_bodies + slow_heads
            began_s, before = clock.monotonic_s(), len(run.sender.attempts)
            open_ones = slow_bodies + slow_heads
            while clock.monotonic_s() - began_s < seconds:
                await asyncio.sleep(1)
                open_ones = [streams for streams in open_ones if await _is_open(streams)]
                if not open_ones:
                    lasted.append(clock.monotonic_s() - began_s)
                    break
            assert len(run.sender.attempts) > before
            assert not open_ones, f"{len(open_ones)} slow clients were not cut within {seconds:.0f} s"
        finally:
            for _, writer in crowd:
                writer.transport.abort()

    try:
        await server.start()
        await calm.send_while(asyncio.sleep(seconds / 2))
        await calm.judge()
        before_ms = p99_ms(calm.answered(200, 202))
        await server.kill_tree()
        # A project of its own, since a judgement wants nothing but its run.
        server = Server(folder / "crowded", environment=server.environment)
        busy = Run(folder, server.base_url, seed=372, events_per_s=100)
        await server.start()
        await busy.send_while(crowd_in(busy))
        verdict = await busy.judge()
    finally:
        await server.kill_tree()
    crowded_ms = p99_ms(busy.answered(200, 202))
    assert not busy.answered(0, 408, 429, 500, 503), "a normal client was turned away"
    assert crowded_ms <= max(2 * before_ms, FLOOR_MS), f"p99 {crowded_ms:.0f} ms, {before_ms:.0f} ms before"
    return (
        f"D-37: {slow} slow and {idle} idle clients: p99 of normal ones {crowded_ms:.0f} ms ({before_ms:.0f} ms "
        f"alone), slow ones cut after {lasted[0]:.0f} s, {verdict.stored} events stored once"
    )


async def _open(port: int, count: int, first: bytes) -> list[Streams]:
    opened: list[Streams] = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if first:
            writer.write(first)
        opened.append((reader, writer))
    return opened


async def _is_open(streams: Streams) -> bool:
    """Send one more byte; False when the server has answered or ended the connection."""
    reader, writer = streams
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(0.0005):
            await reader.read(1)
            return False
    try:
        writer.write(b"1")
        await writer.drain()
    except OSError:
        return False
    return not (reader.at_eof() or writer.is_closing())
