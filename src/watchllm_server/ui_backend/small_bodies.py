"""Bounds the bodies of every route that takes a few fields: in size, and in the time that they may take."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from watchllm_server import telemetry
from watchllm_server.errors import RequestTimeout, TooLarge
from watchllm_server.ui_backend.headers import SAFE_METHODS, Application, Message, Receive, Scope, Send

# A login is 200 bytes; the largest is a list of filters and names.
MAX_BYTES: Final = 1024 * 1024


class SmallBodies:
    """Reads the body before the application does, so that what is too large never reaches its parser.

    `except_paths` are those whose handlers bound their bodies themselves. A GET has no body: one that is sent is
    not read.
    """

    def __init__(self, app: Application, *, except_paths: Collection[str], timeout_s: float) -> None:
        self._app = app
        self._except_paths = frozenset(except_paths)
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or scope["path"] in self._except_paths:
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > MAX_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await _read(receive)
        except TimeoutError:
            telemetry.body_aborted("timeout")
            raise RequestTimeout(f"the body did not arrive within {self._timeout_s:g} s") from None
        if body is None:
            telemetry.body_aborted("disconnected")
            return
        is_read = False

        async def receive_read() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_read, send)


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None when the client went away. Raises TooLarge as soon as it is."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def _too_large() -> TooLarge:
    return TooLarge(f"the body may have {MAX_BYTES} bytes")
