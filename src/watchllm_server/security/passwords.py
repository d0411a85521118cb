"""Passwords: hashed with Argon2id in a small pool, checked in the same time whether the account exists or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from watchllm_server.errors import BadRequest, TooManyRequests

T = TypeVar("T")

# The minimum that OWASP gives for Argon2id: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
MIN_CHARS: Final = 12
# Longer ones only cost us time.
MAX_CHARS: Final = 128
# Two at once keep a core for requests; more than this many waiting is an attack, not a morning.
_POOL: Final = ThreadPoolExecutor(2, thread_name_prefix="password")
MAX_WAITING: Final = 20
# zxcvbn's scale from 0 to 4: below 2, a few million guesses find it.
_LEAST_SCORE: Final = 2
_SCORED_CHARS: Final = 72

_waiting = 0


async def check_strength(password: str, email: str) -> None:
    """Raise BadRequest when the password is too short, too long, or easy to guess for who knows the address."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise BadRequest(f"a password has {MIN_CHARS} to {MAX_CHARS} characters")
    if await _run(_score, password, email) < _LEAST_SCORE:
        raise BadRequest("this password is too easy to guess")


def _score(password: str, email: str) -> int:
    # Its lists of words take 40 ms and some megabytes: most servers never need them.
    from zxcvbn import zxcvbn

    known = [email, *email.replace("@", ".").split("."), "watchllm"]
    # Its time grows with the square of the length, and what is hard to guess so far is hard to guess.
    return zxcvbn(password[:_SCORED_CHARS], user_inputs=known)["score"]


async def hash_password(password: str) -> str:
    """Return the hash to store."""
    return await _run(_HASHER.hash, password)


async def is_right(password: str, stored: str) -> bool:
    """Tell whether the password is the stored one; an empty `stored` takes as long and is always wrong."""
    return await _run(_verify, password, stored or _DUMMY) and bool(stored)


def is_outdated(stored: str) -> bool:
    """Tell whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


async def _run(function: Callable[..., T], *arguments: str) -> T:
    global _waiting
    if _waiting >= MAX_WAITING:
        raise TooManyRequests("too many logins at once", retry_after_s=5)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, function, *arguments)
    finally:
        _waiting -= 1


def _verify(password: str, stored: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


_DUMMY: Final = _HASHER.hash("an account that does not exist")
