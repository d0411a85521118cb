"""Requests byte by byte, for what no HTTP client would send."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.bad_inputs.case import Ask
from tests.ingest.calls import BATCH, Answer
from tests.running import Server

TIMEOUT_S = 20.0


@contextmanager
def connected(server: Server) -> Generator[socket.socket]:
    """Open a connection to the server's port."""
    parts = urlsplit(server.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=TIMEOUT_S) as connection:
        yield connection


def head(server: Server, path: str, *lines: str, method: str = "POST", content_type: str = "application/json") -> bytes:
    """Return the head of a request with the project's key."""
    fixed = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {server.api_key}"]
    return "\r\n".join([*fixed, f"Content-Type: {content_type}", *lines, "", ""]).encode("latin-1")


def answer_on(connection: socket.socket) -> Answer:
    """Read the answer of the request that was sent; status 0 when the connection ends without one."""
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
    except (http.client.BadStatusLine, ConnectionError):
        return Answer(0, {}, b"")
    with answer:
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def raw(make: Callable[[Server], bytes], *, is_closed: bool = False) -> Ask:
    """Send bytes as they are; with `is_closed` the server must end the connection after its answer."""

    def ask(server: Server, event_id: str) -> Answer:
        with connected(server) as connection:
            connection.sendall(make(server))
            answer = answer_on(connection)
            if is_closed:
                assert is_ended(connection)
            return answer

    return ask


def posted(*lines: str, body: bytes = b"", path: str = BATCH, is_closed: bool = False) -> Ask:
    """Send a POST with these header lines and body."""
    return raw(lambda server: head(server, path, *lines) + body, is_closed=is_closed)


def asked(target: str, *lines: str) -> Ask:
    """Send a GET of a target that is not changed on its way."""
    return raw(lambda server: head(server, target, *lines, method="GET"))


def is_ended(connection: socket.socket) -> bool:
    """Tell whether the server ends the connection, within the time that it lets a client finish."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True
