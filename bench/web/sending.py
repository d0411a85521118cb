"""Sends OTLP bodies to a product and waits until it has all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import aiohttp

from watchllm_server.clock import Clock

_RETRY_AFTER_S = 0.5
_POLL_S = 0.5


class NotSent(Exception):
    """A product refused a body, or did not show what it had accepted in time."""


async def send(session: aiohttp.ClientSession, url: str, bodies: Iterable[bytes], headers: dict[str, str]) -> None:
    """Post the bodies one after the other; one that meets a full queue is sent again. Raises NotSent."""
    for body in bodies:
        while True:
            given = {"Content-Type": "application/x-protobuf", **headers}
            async with session.post(url, data=body, headers=given) as answer:
                if answer.status < 300:
                    break
                if answer.status not in (429, 503):
                    raise NotSent(f"{url} answered {answer.status}: {(await answer.text())[:300]}")
            await asyncio.sleep(_RETRY_AFTER_S)


async def until(is_there: Callable[[], Awaitable[bool]], clock: Clock, *, timeout_s: float) -> None:
    """Wait until it is there. Raises NotSent."""
    deadline_s = clock.monotonic_s() + timeout_s
    while not await is_there():
        if clock.monotonic_s() > deadline_s:
            raise NotSent(f"what was accepted was not visible after {timeout_s:.0f} s")
        await asyncio.sleep(_POLL_S)
