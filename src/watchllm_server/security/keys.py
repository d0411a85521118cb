"""Finds the API key that a request carries; every refusal looks the same."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import msgspec

from watchllm_server.clock import Clock
from watchllm_server.errors import Forbidden, Unauthenticated, Unavailable
from watchllm_server.model.project import ApiKey, Scope
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.security.tokens import KEY_PREFIX, equal, keyed_hash, read_key_id
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.metadata.contract.watch import VersionWatch

# Keys remembered at once; those seen longest ago go first, so that a guesser's refusals push out each other.
CACHE_SIZE: Final = 10_000
MAX_KEY_CHARS: Final = 256
# Writing each use would make each request a write; a minute tells a key in use from a forgotten one.
USED_US: Final = 60 * MICROSECONDS


class Credential(msgspec.Struct, frozen=True):
    """What an API key is good for."""

    key_id: str
    project_id: str
    scopes: tuple[Scope, ...]


class KeyRing:
    """Looks keys up, with a cache that is valid for one version of the metadata."""

    def __init__(self, metadata: MetadataStore, clock: Clock, pepper: bytes, *, cache_size: int = CACHE_SIZE) -> None:
        self._metadata = metadata
        self._clock = clock
        self._pepper = pepper
        self._cache_size = cache_size
        self._version = -1
        self._watch = VersionWatch(metadata, clock)
        self._known: OrderedDict[str, ApiKey | None] = OrderedDict()
        self._used_us: dict[str, int] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def authenticate(self, headers: Mapping[str, str]) -> Credential:
        """Return the credential of the request; header names in lower case.

        Raises Unauthenticated, in the same words for a missing, malformed, unknown, revoked or expired key.
        """
        key = _key_of(headers)
        found = await self._find(key) if key else None
        now_us = self._clock.now_us()
        if found is None or found.revoked_at_us is not None or (found.expires_at_us or now_us + 1) <= now_us:
            raise Unauthenticated("a valid API key is needed: send it as `Authorization: Bearer wl_…`")
        self._note_used(found, now_us)
        return Credential(found.key_id, found.project_id, found.scopes)

    def _note_used(self, key: ApiKey, now_us: int) -> None:
        """Write down that the key was used, beside the request and at most once a minute."""
        if abs(now_us - self._used_us.get(key.key_id, key.last_used_us or 0)) < USED_US:
            return
        self._used_us[key.key_id] = now_us
        noting = asyncio.create_task(self._note(key.key_id, now_us))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def _note(self, key_id: str, now_us: int) -> None:
        # A store that is away says so to the requests; a minute that goes unnoted is not worth more.
        with contextlib.suppress(Unavailable):
            await self._metadata.touch_api_key(key_id, now_us)

    async def _find(self, key: str) -> ApiKey | None:
        version = await self._watch.current()
        if version != self._version:
            self._version = version
            self._known.clear()
        hashed = keyed_hash(self._pepper, key)
        if hashed in self._known:
            self._known.move_to_end(hashed)
            return self._known[hashed]
        asked_version = self._version
        found = await self._look_up(key, hashed)
        # An answer that a change overtook on its way is good for this request, but not for later ones.
        if self._version == asked_version:
            self._known[hashed] = found
            if len(self._known) > self._cache_size:
                self._known.popitem(last=False)
        return found

    async def _look_up(self, key: str, hashed: str) -> ApiKey | None:
        key_id = read_key_id(key)
        found = await self._metadata.find_api_key(key_id) if key_id else None
        # A key given by a setting carries no id: it is found by its hash.
        found = found or await self._metadata.find_api_key_by_hash(hashed)
        return found if found is not None and equal(found.key_hash, hashed) else None


def require_scope(credential: Credential, scope: Scope) -> None:
    """Raise Forbidden when the key lacks the scope."""
    if scope not in credential.scopes:
        raise Forbidden(f"this API key lacks the scope `{scope}`", code="scope_missing")


def _key_of(headers: Mapping[str, str]) -> str | None:
    """Return what looks like a key; Basic takes it as the password, with any user name."""
    given = headers.get("authorization", "")
    scheme, _, value = given.partition(" ")
    if scheme.lower() == "bearer":
        key = value.strip()
    elif scheme.lower() == "basic":
        try:
            key = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    else:
        key = "" if given else headers.get("x-api-key", "")
    is_plausible = key.startswith(KEY_PREFIX) and len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable()
    return key if is_plausible and " " not in key else None
