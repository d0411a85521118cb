"""A TCP proxy before the server that hands every request on and loses a share of the answers.

It knows nothing of HTTP: what the server says at once is one answer, since a client waits for it before it asks again.
"""

from __future__ import annotations

import asyncio
import contextlib
import random

_PIECE = 256 * 1024


class LosingProxy:
    """Listens on loopback for the length of an `async with` block; a lost answer is a connection that ends instead."""

    def __init__(self, port: int, *, lost_share: float, seed: int = 1) -> None:
        self.answers = 0
        self.lost = 0
        # Connections that the server did not take, because it was down.
        self.refused = 0
        self.port = 0
        self._server_port = port
        self._lost_share = lost_share
        self._random = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address that clients take for the server's."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> LosingProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # Only the end cancels, and asyncio's streams complain of a task that ends so.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            try:
                await self._serve(reader, writer)
            finally:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            self.refused += 1
            return
        try:
            requests = asyncio.create_task(_forward(reader, up_writer))
            await self._answer(up_reader, writer)
            requests.cancel()
            await asyncio.gather(requests, return_exceptions=True)
        finally:
            up_writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            self.answers += 1
            if self._random.random() < self._lost_share:
                self.lost += 1
                return
            writer.write(piece)
            await writer.drain()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
    writer.close()
