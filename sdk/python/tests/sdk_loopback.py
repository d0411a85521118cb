"""A real HTTP server on loopback that answers batches as a test says, and remembers what it accepted."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DROP = -1  # close the connection instead of answering
LOSE = -2  # accept the batch, then close the connection: the answer is lost
HANG = -3  # say nothing until the server stops


@dataclass(frozen=True)
class Reply:
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class Loopback:
    """Accepts every batch unless `replies` holds something else to do next, or `default` does."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], list[dict[str, Any]]]] = []
        self.accepted: list[dict[str, Any]] = []
        self.replies: deque[Reply] = deque()
        self.default = Reply()
        self.changed = threading.Condition()
        self.stopping = threading.Event()
        self.connections: set[Any] = set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def ids(self) -> list[str]:
        return [event["eventId"] for event in self.accepted]

    def names(self) -> list[str]:
        return [event["body"]["name"] for event in self.accepted if event["type"] == "span"]

    def wait(self, condition: Any, timeout_s: float = 20.0) -> None:
        """Wait until `condition()` holds, looking again whenever a request came."""
        deadline = time.monotonic() + timeout_s
        with self.changed:
            while not condition():
                assert self.changed.wait(deadline - time.monotonic()), "the condition never became true"

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                loopback.connections.add(self.client_address)

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    raw = gzip.decompress(raw)
                events = json.loads(raw)
                with loopback.changed:
                    reply = loopback.replies.popleft() if loopback.replies else loopback.default
                    loopback.requests.append(
                        ({k.lower(): v for k, v in self.headers.items()} | {"path": self.path}, events)
                    )
                    if 200 <= reply.status < 300 or reply.status == LOSE:
                        loopback.accepted.extend(events)
                    loopback.changed.notify_all()
                if reply.status < 0:
                    if reply.status == HANG:
                        loopback.stopping.wait()
                    self.close_connection = True
                    return
                body = json.dumps(reply.body or {"status": "queued", "count": len(events)}).encode()
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
