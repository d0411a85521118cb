"""How often one caller may ask: counted in this process, on a clock that does not jump."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.errors import TooManyRequests

# Callers remembered at once; the ones seen longest ago are forgotten first.
MAX_CALLERS: Final = 50_000


class Window:
    """At most `limit` calls in `seconds` for each name, counted in fixed windows."""

    def __init__(self, clock: Clock, *, limit: int, seconds: float, message: str) -> None:
        self._clock = clock
        self._limit = limit
        self._seconds = seconds
        self._message = message
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, name: str) -> None:
        """Count one call; raises TooManyRequests when it is one too many."""
        now_s = self._clock.monotonic_s()
        began_s, count = self._counts.pop(name, (now_s, 0))
        if now_s - began_s >= self._seconds:
            began_s, count = now_s, 0
        self._counts[name] = (began_s, count + 1)
        if len(self._counts) > MAX_CALLERS:
            self._counts.popitem(last=False)
        if count >= self._limit:
            wait_s = max(1, math.ceil(began_s + self._seconds - now_s))
            raise TooManyRequests(self._message, retry_after_s=wait_s)

    def forget(self, name: str) -> None:
        """Start the count of a name anew, after a success."""
        self._counts.pop(name, None)


class ReadLimits:
    """Reads per minute and API key."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._window = Window(clock, limit=per_minute, seconds=60, message="too many reads with this key")

    def check(self, key_id: str) -> None:
        self._window.check(key_id)


class ResetLimits:
    """Letters about a lost password: each fills a mailbox."""

    ACCOUNT_LETTERS: Final = 3
    ADDRESS_LETTERS: Final = 20
    SECONDS: Final = 3_600.0

    def __init__(self, clock: Clock) -> None:
        message = "too many letters were asked for"
        self._accounts = Window(clock, limit=self.ACCOUNT_LETTERS, seconds=self.SECONDS, message=message)
        self._addresses = Window(clock, limit=self.ADDRESS_LETTERS, seconds=self.SECONDS, message=message)

    def check(self, address: str, account: str) -> None:
        self._addresses.check(address)
        self._accounts.check(account)


class LoginLimits:
    """Attempts to log in: per address, and per account over a longer time."""

    # A person mistypes a few times; a guesser needs thousands.
    ACCOUNT_ATTEMPTS: Final = 5
    ACCOUNT_SECONDS: Final = 15 * 60.0

    def __init__(self, clock: Clock, per_minute: int) -> None:
        message = "too many attempts to sign in"
        self._addresses = Window(clock, limit=per_minute, seconds=60, message=message)
        self._accounts = Window(clock, limit=self.ACCOUNT_ATTEMPTS, seconds=self.ACCOUNT_SECONDS, message=message)

    def check(self, address: str, account: str) -> None:
        self._addresses.check(address)
        if account:
            self._accounts.check(account)

    def succeeded(self, account: str) -> None:
        self._accounts.forget(account)
