"""What must not be stored any more, as the processor knows it: read again whenever the metadata has changed."""

from __future__ import annotations

from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.model.deletion import Tombstones
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.processor.plan import Contents
from watchllm_server.stores.events.contract.erasing import EventEraser
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.metadata.contract.watch import VersionWatch

# Events of a deleted trace may come late, from an application that was offline; later than this, hardly.
KEPT_S: Final = 30 * 86_400


class KnownTombstones:
    """Tells which events of a bundle belong to something that was deleted."""

    def __init__(self, metadata: MetadataStore, eraser: EventEraser, clock: Clock) -> None:
        self._metadata = metadata
        self._eraser = eraser
        self._clock = clock
        self._known = Tombstones()
        self._version = -1
        self._watch = VersionWatch(metadata, clock)

    async def current(self) -> Tombstones:
        """Return what is deleted; at most `VERSION_AGE_S` old."""
        version = await self._watch.current()
        if version != self._version:
            after_us = self._clock.now_us() - KEPT_S * MICROSECONDS
            self._known, self._version = await self._metadata.read_tombstones(after_us), version
        return self._known

    async def drop_deleted(self, contents: Contents) -> None:
        """Move what belongs to something deleted out of what is to be stored, and note the ids of its events."""
        deleted = await self.current()
        if not deleted.traces and not deleted.projects:
            return
        events, letters = contents.events, contents.letters
        contents.dropped = [e for e in events if deleted.cover(e.project_id, e.trace_id)]
        if contents.dropped:
            contents.events = [e for e in events if not deleted.cover(e.project_id, e.trace_id)]
        contents.dropped_letters = [letter for letter in letters if letter.project_id in deleted.projects]
        contents.letters = [letter for letter in letters if letter.project_id not in deleted.projects]
        # Of a project nobody asks any more.
        await self._eraser.note_erased([e for e in contents.dropped if e.project_id not in deleted.projects])
