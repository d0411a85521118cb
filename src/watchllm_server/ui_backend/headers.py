"""What every request is checked for and every answer carries: host, origin, request id, security headers.

Pure ASGI and without buffering: ingest goes through it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from watchllm_server import telemetry
from watchllm_server.errors import Forbidden, NotFound, RequestTimeout, WatchLLMError
from watchllm_server.model.ids import new_request_id
from watchllm_server.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Addresses that belong to machines: an unknown one is a 404 in JSON, not a page.
MACHINE_PREFIXES: Final = ("/api/", "/v1/", "/otel/", "/assets/")
# The place in index.html where the nonce of an answer goes, for styles that a library must add at run time.
NONCE_PLACE: Final = b"__NONCE__"

_FIXED: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class BadHost(WatchLLMError):
    status = 421
    default_code = "bad_host"


def content_security_policy(nonce: str) -> str:
    """Return the policy of an HTML answer: nothing from elsewhere, no inline script, Trusted Types on."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
        " connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
        " require-trusted-types-for 'script'"
    )


class Headers:
    """The outermost layer of the application."""

    def __init__(self, app: Application, settings: Settings) -> None:
        self._app = app
        self._hosts = LOOPBACK_NAMES | {settings.host.lower()} | set(settings.allowed_hosts)
        self._is_secure = settings.behind_proxy
        self._cookie = b"__Host-session=" if self._is_secure else b"session="

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        headers = dict(scope["headers"])
        is_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                message["headers"] = [*message.get("headers", ()), *_FIXED, (b"x-request-id", request_id.encode())]
                if self._is_secure:
                    message["headers"].append((b"strict-transport-security", b"max-age=31536000"))
                if message["status"] == RequestTimeout.status:
                    # The rest of the body would be waited for otherwise.
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        try:
            self._check_host(headers)
            _check_path(scope)
            self._check_origin(scope["method"], headers)
            await self._app(scope, receive, send_with_headers)
        except WatchLLMError as error:
            await _refuse(send_with_headers, error)
        except Exception as error:
            telemetry.fault(request_id, scope["method"], scope["path"], error)
            if is_started:
                raise
            fault = WatchLLMError("something failed here; the request id finds it in the log")
            fault.details["request_id"] = request_id
            await _refuse(send_with_headers, fault)

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        """Refuse a name that is not ours: a page elsewhere may have pointed its own name at this address."""
        given = headers.get(b"host", b"").decode("latin-1")
        name = given.rpartition(":")[0] if given.rpartition(":")[2].isdigit() else given
        if name.lower() not in self._hosts:
            raise BadHost("this server does not answer to that host name; see WATCHLLM_ALLOWED_HOSTS")

    def _check_origin(self, method: str, headers: dict[bytes, bytes]) -> None:
        """Refuse a change that another site makes in a browser: with its cookie, or to sign it in as someone else.

        A key that a program sends along is no browser's doing, unless the cookie is there too.
        """
        if method in SAFE_METHODS:
            return
        has_cookie = self._cookie in headers.get(b"cookie", b"")
        if not has_cookie and (b"authorization" in headers or b"x-api-key" in headers):
            return
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if site is not None:
            is_ours = site == b"same-origin"
        elif origin is not None:
            is_ours = _host_of(origin) == headers.get(b"host")
        else:
            is_ours = not has_cookie
        if not is_ours:
            raise Forbidden("this request came from another site", code="cross_site")


def _check_path(scope: Scope) -> None:
    """Refuse separators written by number in an address of the API, where they would change which route is meant.

    A proxy in front that knows rules for addresses reads them as letters of a name. In a page's address they are
    just that: it is read by the web app, which decodes each part by itself.
    """
    raw: bytes = scope.get("raw_path") or b""
    if b"%" not in raw or not scope["path"].startswith(MACHINE_PREFIXES):
        return
    if any(encoded in raw.lower() for encoded in (b"%2f", b"%5c")):
        raise NotFound("there is no such route")


def _host_of(origin: bytes) -> bytes | None:
    try:
        return urlsplit(origin.decode("latin-1")).netloc.encode()
    except ValueError:
        return None


async def _refuse(send: Send, error: WatchLLMError) -> None:
    body = orjson.dumps(error.body())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
