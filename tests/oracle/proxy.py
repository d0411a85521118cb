"""A TCP proxy before the event store: cuts, swallows, delays or refuses, and counts what it did.

It looks at the first bytes of each request alone, and changes nothing but the password, which the engine makes anew at
each start.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import re
import socket
import struct
from collections.abc import Callable
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from watchllm_server.clock import SystemClock
from watchllm_server.stores.events.engine_address import EngineAddress

# pass: forward everything. swallow: accept and read, and never answer. cut: reset the connection of an insert.
Mode = Literal["pass", "swallow", "cut"]
_TOKEN: Final = re.compile(rb"insert_deduplication_token=(bundle-[0-9a-f.]+)")
_AUTHORIZATION: Final = re.compile(rb"(?i)(authorization: basic )[^\r\n]+")
_PIECE: Final = 256 * 1024
# A reset instead of a polite end: whoever waits for an answer gets an error at once.
_RESET: Final = struct.pack("ii", 1, 0)


class Insert(msgspec.Struct, frozen=True):
    """One insert of events that came: when (monotonic seconds), on which connection, under which token."""

    at_s: float
    connection: int
    token: str


class Proxy:
    """Listens on loopback; `where` says where the engine is, each time."""

    def __init__(self, where: Callable[[], EngineAddress], *, seed: int = 1) -> None:
        self.mode: Mode = "pass"
        self.delay_s = 0.0
        # Cuts that are still to be made in the mode `cut`; after them it passes.
        self.cuts_left = 0
        self.cuts = 0
        self.cuts_after_answer = 0
        self.connections = 0
        self.refused = 0
        self.inserts: list[Insert] = []
        # Requests that nobody answered, by connection.
        self.swallowed: dict[int, int] = {}
        self._where = where
        self._random = random.Random(seed)
        self._clock = SystemClock()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def event_store(self) -> str:
        """The setting with which a server reaches the engine through this proxy."""
        return f"clickhouse://watchllm:through-the-proxy@127.0.0.1:{self.port}/default"

    async def start(self) -> None:
        """Listen; on the same port again after `refuse`."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Stop listening and reset what is open: connections are refused until `start`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut_all()

    def cut_all(self) -> None:
        """Reset every open connection."""
        for writer in list(self._open):
            _reset(writer)

    async def close(self) -> None:
        """End everything."""
        await self.refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._open.add(writer)
        try:
            # Only `close` cancels, and asyncio's streams complain of a task that ends so.
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._serve(number, reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "swallow":
            await self._swallow(number, reader)
            return
        try:
            address = self._where()
            url = urlsplit(address.url)
            up_reader, up_writer = await asyncio.open_connection(url.hostname, url.port)
        except Exception:
            self.refused += 1
            _reset(writer)
            return
        self._open.add(up_writer)
        connection = _Connection(self, number, address, writer, up_writer)
        try:
            await asyncio.gather(connection.requests(reader), connection.answers(up_reader))
        finally:
            self._open.discard(up_writer)
            up_writer.close()

    async def _swallow(self, number: int, reader: asyncio.StreamReader) -> None:
        while piece := await reader.read(_PIECE):
            self.note(number, piece)
            if piece.startswith((b"POST ", b"GET ")):
                self.swallowed[number] = self.swallowed.get(number, 0) + 1

    def note(self, number: int, piece: bytes) -> bool:
        """Remember an insert of events; returns whether the piece begins one."""
        found = _TOKEN.search(piece[:4_096])
        if found is not None and piece.startswith(b"POST "):
            self.inserts.append(Insert(self._clock.monotonic_s(), number, found.group(1).decode()))
            return True
        return False

    def chosen_cut(self) -> Literal["", "early", "late"]:
        """Say whether and when to cut this insert: on the way to the engine, or when its answer has come."""
        if self.mode != "cut" or self.cuts_left <= 0:
            return ""
        return self._random.choice(("early", "late"))

    def take_cut(self, *, after_answer: bool) -> bool:
        """Count a cut that is made now; False when enough were made while this insert was under way."""
        if self.cuts_left <= 0:
            return False
        self.cuts_left -= 1
        self.cuts += 1
        self.cuts_after_answer += after_answer
        return True


class _Connection:
    """Two streams of bytes, one in each direction."""

    def __init__(
        self,
        proxy: Proxy,
        number: int,
        address: EngineAddress,
        writer: asyncio.StreamWriter,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._number = number
        basic = base64.b64encode(f"{address.user}:{address.password}".encode())
        self._basic = rb"\g<1>" + basic
        self._writer = writer
        self._up_writer = up_writer
        self._cut: Literal["", "early", "late"] = ""
        self._is_insert = False

    async def requests(self, reader: asyncio.StreamReader) -> None:
        """Forward what the client sends."""
        while piece := await reader.read(_PIECE):
            if piece.startswith((b"POST ", b"GET ")):
                self._is_insert = self._proxy.note(self._number, piece)
                piece = _AUTHORIZATION.sub(self._basic, piece, count=1)
                self._cut = self._proxy.chosen_cut() if self._is_insert else ""
            if self._proxy.mode == "swallow":
                self._proxy.swallowed[self._number] = self._proxy.swallowed.get(self._number, 0) + 1
                continue
            self._up_writer.write(piece)
            await self._up_writer.drain()
            # The whole request is on its way; whether it is carried out, nobody will tell.
            is_whole = self._cut == "early" and piece.endswith(b"0\r\n\r\n")
            if is_whole and self._proxy.take_cut(after_answer=False):
                self._reset_both()
                return
        self._up_writer.close()

    async def answers(self, reader: asyncio.StreamReader) -> None:
        """Forward what the engine answers, or cut when it does."""
        while piece := await reader.read(_PIECE):
            if self._cut and self._proxy.take_cut(after_answer=True):
                self._reset_both()
                return
            if self._proxy.mode == "swallow":
                continue
            if self._is_insert and self._proxy.delay_s:
                await asyncio.sleep(self._proxy.delay_s)
            self._writer.write(piece)
            await self._writer.drain()
        self._writer.close()

    def _reset_both(self) -> None:
        _reset(self._writer)
        self._up_writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    peer: socket.socket | None = writer.get_extra_info("socket")
    if peer is not None:
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
