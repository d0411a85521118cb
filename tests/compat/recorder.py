"""A proxy between a client and the server that keeps what the client sent; it understands nothing of it."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from tests.loopback_llm.script import Call

_HOP = frozenset({"host", "connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass(frozen=True)
class Exchange:
    """One request as sent, with the status that it got; `body` is as it came, compressed or not."""

    method: str
    path: str
    content_type: str
    content_encoding: str
    body: bytes
    status: int

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.body) if self.content_encoding == "gzip" else self.body


class Recorder:
    """A proxy on a free loopback port inside a `with` block; `exchanges` is what went through, in order."""

    def __init__(self, server_url: str) -> None:
        self.exchanges: list[Exchange] = []
        recorder = self
        target = urlsplit(server_url)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = _body_of(self)
                connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
                sent = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
                connection.request(self.command, self.path, body=body, headers=sent)
                answer = connection.getresponse()
                said = answer.read()
                connection.close()
                # Kept before the answer is given: a client that has its answer may end at once.
                recorder.exchanges.append(
                    Exchange(
                        self.command,
                        self.path,
                        self.headers.get("Content-Type", ""),
                        self.headers.get("Content-Encoding", ""),
                        body,
                        answer.status,
                    )
                )
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST  # noqa: N815 - the name is that of the library

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent: the output is for the table."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _body_of(request: BaseHTTPRequestHandler) -> bytes:
    """Read a body by its length or, as Node sends it, in chunks."""
    if request.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))
    parts: list[bytes] = []
    while size := int(request.rfile.readline().partition(b";")[0], 16):
        parts.append(request.rfile.read(size))
        request.rfile.readline()
    # The end of the last chunk; nobody sends trailers here.
    request.rfile.readline()
    return b"".join(parts)


def save(path: Path, exchanges: Sequence[Exchange], billed: Sequence[Call]) -> None:
    """Write exchanges as JSON, bodies in base64 and compressed, with what the model billed."""
    shown = [asdict(e) | {"body": base64.b64encode(gzip.compress(e.plain, mtime=0)).decode()} for e in exchanges]
    path.write_text(
        json.dumps({"billed": [msgspec.to_builtins(call) for call in billed], "sent": shown}, indent=1) + "\n"
    )


def load(path: Path) -> tuple[list[Exchange], list[Call]]:
    """Read what `save` wrote; a compressed body may be compressed otherwise than it was sent."""
    kept: Any = json.loads(path.read_text())
    exchanges: list[dict[str, Any]] = [{**item, "body": _sent(item)} for item in kept["sent"]]
    return [Exchange(**item) for item in exchanges], [msgspec.convert(call, Call) for call in kept["billed"]]


def _sent(item: dict[str, Any]) -> bytes:
    kept = base64.b64decode(item["body"])
    return kept if item["content_encoding"] == "gzip" else gzip.decompress(kept)
