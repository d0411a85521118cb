"""Carries one batch to the server over a kept-alive connection of the standard library; follows no redirect.

`http.client` and not an HTTP library: nothing to install, nothing that tracing tools instrument, and the one
worker needs one connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from watchllm._settings import Settings
from watchllm._version import __version__

if TYPE_CHECKING:
    from http.client import HTTPConnection

BATCH_PATH = "/api/v1/events/batch"
# An answer names at most 100 events; more than this is not an answer of ours.
_MAX_ANSWER_BYTES = 1024 * 1024


class Answer(NamedTuple):
    """What the server said; status 0 means that no answer came."""

    status: int
    retry_after: str = ""
    body: bytes = b""


class Transport(Protocol):
    """Carries batches. Used by one thread at a time."""

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a batch and return the answer whatever its status. MAY raise anything when none came."""
        ...

    def close(self) -> None:
        """Give the connection back. MAY be followed by another `send`."""
        ...


class HttpTransport:
    """One connection to the configured host, opened when needed; the only place that holds the key."""

    def __init__(self, settings: Settings) -> None:
        from urllib.parse import urlsplit

        parts = urlsplit(settings.base_url)
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/") + BATCH_PATH
        self._timeout_s = settings.request_timeout_s
        self._headers = {
            "Authorization": f"Bearer {settings.api_key}",
            "Content-Type": "application/json",
            "User-Agent": f"watchllm-python/{__version__}",
        }
        self._connection: HTTPConnection | None = None

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        reused = self._connection is not None
        try:
            return self._send_once(body, headers)
        except (OSError, EOFError) as problem:
            self.close()
            # A server that hangs is not asked twice within one try.
            if not reused or isinstance(problem, TimeoutError):
                raise
        except BaseException:
            self.close()
            raise
        # The server may close an idle connection at any time. That is no failure of the server, and ids are
        # fixed, so that the same batch on a new connection is safe.
        try:
            return self._send_once(body, headers)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _send_once(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connection or self._connect()
        self._connection = connection
        connection.request("POST", self._path, body=body, headers={**self._headers, **headers})
        response = connection.getresponse()
        answer = Answer(response.status, response.getheader("Retry-After", ""), response.read(_MAX_ANSWER_BYTES))
        if response.will_close or not response.isclosed():
            self.close()
        return answer

    def _connect(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        if not self._is_tls:
            return HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        import ssl

        return HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=ssl.create_default_context())


def load_modules(*, is_tls: bool) -> None:
    """Import now what sending imports on the way, so that it happens under the import gate."""
    from importlib import import_module

    for name in ("email.utils", "http.client", *(("ssl",) if is_tls else ())):
        import_module(name)
    # Looking up any host name loads this codec.
    "localhost".encode("idna")
