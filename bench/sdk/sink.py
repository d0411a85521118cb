"""An HTTP server on loopback that takes whatever is sent and keeps nothing: `python -m bench.sdk.sink`.

It prints its address, and ends with its standard input. A process of its own, so that it holds no lock of those that
are measured; the same for all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

_JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_PROTOBUF = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Only the end cancels, and asyncio's streams complain of a task that ends so.
    with contextlib.suppress(asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b"transfer-encoding: chunked" in head:
                while size := int(await reader.readline(), 16):
                    await reader.readexactly(size + 2)
                await reader.readline()
            elif found := head.partition(b"content-length:")[2].partition(b"\r\n")[0]:
                await reader.readexactly(int(found))
            writer.write(_PROTOBUF if b"x-protobuf" in head else _JSON)
            await writer.drain()
    writer.close()


async def _serve() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def running_sink() -> Generator[str]:
    """Run a sink for the length of a block; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sdk.sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve())
