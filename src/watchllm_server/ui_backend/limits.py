"""How often one caller may ask: counted over all processes that share the counters."""

from __future__ import annotations

import math
from typing import Final

from watchllm_server.errors import TooManyRequests
from watchllm_server.stores.counters.contract import Counters


class Window:
    """At most `limit` calls in `seconds` for each name, counted in fixed windows."""

    def __init__(self, counters: Counters, kind: str, *, limit: int, seconds: float, message: str) -> None:
        """`kind` tells the names of one limit from those of others."""
        self._counters = counters
        self._kind = kind
        self._limit = limit
        self._seconds = seconds
        self._message = message

    async def check(self, name: str) -> None:
        """Count one call; raises TooManyRequests when it is one too many."""
        count = await self._counters.count(f"{self._kind}:{name}", seconds=self._seconds)
        if count.times > self._limit:
            raise TooManyRequests(self._message, retry_after_s=max(1, math.ceil(count.remaining_s)))

    async def forget(self, name: str) -> None:
        """Start the count of a name anew, after a success."""
        await self._counters.forget(f"{self._kind}:{name}")


class ReadLimits:
    """Reads per minute and API key."""

    def __init__(self, counters: Counters, per_minute: int) -> None:
        self._window = Window(counters, "reads", limit=per_minute, seconds=60, message="too many reads with this key")

    async def check(self, key_id: str) -> None:
        await self._window.check(key_id)


class ResetLimits:
    """Letters about a lost password: each fills a mailbox."""

    ACCOUNT_LETTERS: Final = 3
    ADDRESS_LETTERS: Final = 20
    SECONDS: Final = 3_600.0

    def __init__(self, counters: Counters) -> None:
        message = "too many letters were asked for"
        self._accounts = Window(
            counters, "letters-to", limit=self.ACCOUNT_LETTERS, seconds=self.SECONDS, message=message
        )
        self._addresses = Window(
            counters, "letters-from", limit=self.ADDRESS_LETTERS, seconds=self.SECONDS, message=message
        )

    async def check(self, address: str, account: str) -> None:
        await self._addresses.check(address)
        await self._accounts.check(account)


class LoginLimits:
    """Attempts to log in: per address, and per account over a longer time."""

    # A person mistypes a few times; a guesser needs thousands.
    ACCOUNT_ATTEMPTS: Final = 5
    ACCOUNT_SECONDS: Final = 15 * 60.0

    def __init__(self, counters: Counters, per_minute: int) -> None:
        message = "too many attempts to sign in"
        self._addresses = Window(counters, "logins-from", limit=per_minute, seconds=60, message=message)
        self._accounts = Window(
            counters, "logins-as", limit=self.ACCOUNT_ATTEMPTS, seconds=self.ACCOUNT_SECONDS, message=message
        )

    async def check(self, address: str, account: str) -> None:
        await self._addresses.check(address)
        if account:
            await self._accounts.check(account)

    async def succeeded(self, account: str) -> None:
        await self._accounts.forget(account)
