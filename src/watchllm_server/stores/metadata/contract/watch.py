"""Knows whether the metadata has changed, by asking now and then: for what is read on every request."""

from __future__ import annotations

from watchllm_server.clock import Clock
from watchllm_server.stores.metadata.contract import MetadataStore

# A revoked key, a new rule and a deletion are obeyed within a second: this is how old the answer may be.
VERSION_AGE_S = 0.5


class VersionWatch:
    """The version of the metadata, at most `VERSION_AGE_S` old."""

    def __init__(self, metadata: MetadataStore, clock: Clock) -> None:
        self._metadata = metadata
        self._clock = clock
        self._version = -1
        self._asked_s = float("-inf")

    async def current(self) -> int:
        """Return the version; asks the store when the last answer is too old."""
        now_s = self._clock.monotonic_s()
        if now_s - self._asked_s > VERSION_AGE_S:
            self._version = await self._metadata.version()
            self._asked_s = now_s
        return self._version
