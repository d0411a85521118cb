"""How long a connection may do nothing, with times that a test can wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from watchllm_server.http_connection import BoundedConnection

HEAD_S = 0.4
LINGER_S = 0.6
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Hasty(BoundedConnection):
    """The same with other times."""

    head_timeout_s = HEAD_S
    linger_s = LINGER_S


class Quiet(uvicorn.Server):
    """uvicorn without its handling of signals."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


async def answer_at_once(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]):
    """Answer without a look at the body, as a refusal does."""
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"no"})


@pytest.fixture
async def port() -> AsyncGenerator[int]:
    """The port of a running server."""
    config = uvicorn.Config(answer_at_once, port=0, http=Hasty, ws="none", lifespan="off", log_level="critical")
    server = Quiet(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait on
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def read_to_the_end(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.read()


async def test_a_connection_that_says_nothing_is_ended(port: int) -> None:
    async with connected(port) as (reader, _):
        assert await read_to_the_end(reader) == b""


async def test_a_head_that_comes_too_slowly_is_refused(port: int) -> None:
    async with connected(port) as (reader, writer):
        for at in range(len(HEAD)):
            if reader.at_eof():
                break
            writer.write(HEAD[at : at + 1])
            # A byte sent after the end would take the answer with it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEAD_S / 8):
                    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
                    return
    raise AssertionError("a head may come for ever")


async def test_the_time_of_a_head_starts_anew_with_the_next_request(port: int) -> None:
    request = HEAD + b"Content-Length: 2\r\n\r\nok"
    async with connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(request)
            assert (await reader.readuntil(b"no")).startswith(b"HTTP/1.1 413 ")
            await asyncio.sleep(HEAD_S * 0.6)
        writer.write(HEAD)
        assert (await read_to_the_end(reader)).startswith(b"HTTP/1.1 408 ")


async def test_the_rest_of_a_refused_body_is_read_for_a_while_and_no_longer(port: int) -> None:
    loop = asyncio.get_running_loop()
    async with connected(port) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
        assert (await reader.readuntil(b"no")).startswith(b"HTTP/1.1 413 ")
        began_s = loop.time()
        with contextlib.suppress(ConnectionError):
            # An end, or a reset where a byte was still on its way.
            while not (reader.at_eof() or writer.transport.is_closing()):
                writer.write(b" ")
                await asyncio.sleep(0.02)
                assert loop.time() - began_s < LINGER_S + 4
        assert loop.time() - began_s > LINGER_S / 2


async def test_a_refused_body_that_comes_to_its_end_leaves_the_connection_open(port: int) -> None:
    async with connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(HEAD + b"Content-Length: 300000\r\n\r\n")
            assert (await reader.readuntil(b"no")).startswith(b"HTTP/1.1 413 ")
            writer.write(b" " * 300_000)
            await asyncio.sleep(LINGER_S * 1.5)
