"""One connection as the HTTP server reads it: heads have a bounded size and a deadline, bodies nobody waits for end.

uvicorn's reader of HTTP/1.1 bounds none of these: one client could hold a connection, or fill the memory with a
header, for as long as it likes.
"""

from __future__ import annotations

import asyncio
from typing import Final

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from watchllm_server import telemetry

# The longest filter fits with its quotes encoded; few proxies pass a longer address.
MAX_URL_BYTES: Final = 96 * 1024
# All names and values together. A browser with many cookies sends 8 KiB, and proxies add little.
MAX_HEAD_BYTES: Final = 32 * 1024
MAX_HEADERS: Final = 100
# A head is one packet or two: a client that needs longer is not there, or holds the connection on purpose.
HEAD_TIMEOUT_S: Final = 30.0
# How long what is left of a refused body is read and thrown away. Closed at once, the client would see a broken
# connection instead of the answer; without an end, it could send for ever.
LINGER_S: Final = 5.0

_BAD_REQUEST: Final = (400, "bad_request", "the request is not HTTP/1.1")
_LONG_URL: Final = (414, "uri_too_long", f"the address may have {MAX_URL_BYTES} bytes")
_LARGE_HEAD: Final = (
    431,
    "headers_too_large",
    f"the headers may have {MAX_HEAD_BYTES} bytes, and be {MAX_HEADERS}",
)
_SLOW_HEAD: Final = (408, "timeout", "the headers did not arrive in time")


class _Stop(Exception):
    """Ends the reading of a head from inside the parser."""


class BoundedConnection(HttpToolsProtocol):
    """Implements the protocol that uvicorn gives its connections to."""

    head_timeout_s = HEAD_TIMEOUT_S
    linger_s = LINGER_S

    _refusal = _BAD_REQUEST
    _is_in_head = False
    _has_just_begun = False
    # Of the head at hand: what came after the piece in which it began, and what its headers have.
    _later_bytes = 0
    _header_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _linger_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # From the first moment: a connection that never says anything holds a descriptor too.
        self._head_timer = self.loop.call_later(self.head_timeout_s, self._end_slow_head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_head_timer()
        self._unset_linger_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self.parser is None:
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol was offered and is not taken; the parser reads nothing more.
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(*self._refusal)
            return
        if not self._is_in_head:
            self._unset_head_timer()
            return
        # The parser keeps a header to itself until it is whole. The piece in which the head began may hold the end
        # of a body too, and is bounded by what is read at once.
        self._later_bytes = 0 if self._has_just_begun else self._later_bytes + len(data)
        self._has_just_begun = False
        if self._later_bytes > MAX_HEAD_BYTES + len(self.url):
            self._refuse(*_LARGE_HEAD)
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout_s, self._end_slow_head)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = self._has_just_begun = True
        self._header_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            self._stop(_LONG_URL)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._stop(_LARGE_HEAD)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._unset_linger_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # `more_body` of the request that was just answered: a later one would not have been answered yet.
        is_body_coming = self.cycle.response_complete and self.cycle.more_body
        if is_body_coming and not self.transport.is_closing() and self._linger_timer is None:
            self._linger_timer = self.loop.call_later(self.linger_s, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        self._refuse(*_BAD_REQUEST)

    def _stop(self, refusal: tuple[int, str, str]) -> None:
        self._refusal = refusal
        raise _Stop

    def _end_slow_head(self) -> None:
        self._head_timer = None
        if self._is_in_head:
            self._refuse(*_SLOW_HEAD)
        else:
            self.transport.close()

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer for a request that never reached the application, and close the connection."""
        telemetry.connection_refused(status, code)
        is_answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]
        if not is_answering and not self.transport.is_closing():
            body = orjson.dumps({"error": {"code": code, "message": message}})
            head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            lines = [name + b": " + value for name, value in [*head, (b"connection", b"close")]]
            self.transport.write(STATUS_LINE[status] + b"\r\n".join([*lines, b"", body]))
        self.transport.close()

    def _unset_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _unset_linger_timer(self) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None
