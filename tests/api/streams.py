"""A live stream as a browser reads it, on a thread of its own."""

from __future__ import annotations

import contextlib
import http.client
import queue
import socket
import threading
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import orjson
from tests.api.reading import Project


class Sent(NamedTuple):
    """One event of a stream."""

    id: str
    row: dict[str, Any]


class Stream:
    """An open stream; `close` ends it from this side, and `is_over` tells that the server has ended it."""

    def __init__(self, project: Project, *, last_event_id: str | None = None, **query: Any) -> None:
        given = {name: orjson.dumps(v).decode() if isinstance(v, dict) else v for name, v in query.items()}
        place = urlsplit(project.server.base_url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        headers = {"Authorization": f"Bearer {project.key}", "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", f"/api/v1/live?{urlencode(given)}", headers=headers)
        # The response takes the socket over.
        self._socket = self._connection.sock
        self.response = self._connection.getresponse()
        self.is_over = threading.Event()
        self._events: queue.Queue[Sent] = queue.Queue()
        self.comments: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        if self.response.status == 200:
            self._thread.start()
            assert self.comments.get(timeout=20) == ": connected"

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            while line := self.response.readline():
                text = line.decode().rstrip("\n")
                name, _, value = text.partition(": ")
                if text.startswith(":"):
                    self.comments.put(text)
                elif text:
                    fields[name] = value
                elif fields:
                    assert fields["event"] == "trace"
                    self._events.put(Sent(fields["id"], orjson.loads(fields["data"])))
                    fields = {}
        self.is_over.set()

    def next(self, timeout_s: float = 20) -> Sent:
        """Return the next event. Raises queue.Empty when there is none in time."""
        return self._events.get(timeout=timeout_s)

    def until(self, *trace_ids: str) -> list[Sent]:
        """Return the events up to the one with which each of the traces was seen."""
        seen: list[Sent] = []
        while not set(trace_ids) <= {one.row["trace_id"] for one in seen}:
            seen.append(self.next())
        return seen

    def close(self) -> None:
        """Go away, as a closed tab does."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(10)
        self.response.close()
        self._connection.close()
