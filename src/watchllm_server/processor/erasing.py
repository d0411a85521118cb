"""Erases for good what people asked to be deleted, and projects whose time to be restored has passed.

Three times, since something may always be on its way: at once; again when everything that was accepted before has been
stored, from when on nothing of it is read any more; and a last time when the queue keeps none of it either.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from watchllm_server import failpoints, telemetry
from watchllm_server.clock import Clock
from watchllm_server.errors import Unavailable
from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.deletion import Deletion
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.processor.summaries import Summaries
from watchllm_server.stores.events.contract import QueryLimit, RowsRefused, StoreUnavailable
from watchllm_server.stores.events.contract.erasing import EventEraser
from watchllm_server.stores.metadata.contract import AlreadyExists, MetadataStore
from watchllm_server.stores.metadata.contract.watch import VERSION_AGE_S
from watchllm_server.stores.queue.contract import Queue, TouchedTrace

INTERVAL_S: Final = 1.0
# From then on every processor knows what is deleted, with a bundle that it had begun before.
KNOWN_AFTER_S: Final = 4 * VERSION_AGE_S


class Eraser:
    """The loop that brings deletions to their end."""

    def __init__(
        self,
        queue: Queue,
        eraser: EventEraser,
        metadata: MetadataStore,
        summaries: Summaries,
        clock: Clock,
        *,
        restore_s: float,
    ) -> None:
        self._queue = queue
        self._eraser = eraser
        self._metadata = metadata
        self._summaries = summaries
        self._clock = clock
        self._restore_us = int(restore_s * MICROSECONDS)
        # When each unfinished deletion was first seen, on the clock that does not jump; and what must go through first.
        self._seen_s: dict[str, float] = {}
        self._barriers: dict[str, int] = {}
        # Erased for the last time, while the event store rewrites its parts.
        self._scrubbing: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set():
            working = asyncio.create_task(self._run_round())
            # A stop does not wait for the engine, which goes on by itself; whatever was begun is begun again.
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
            await asyncio.wait((stopping,), timeout=INTERVAL_S)

    async def _run_round(self) -> None:
        try:
            await self.run_round()
        except (StoreUnavailable, QueryLimit, RowsRefused, Unavailable) as error:
            telemetry.erasing_failed(str(error))

    async def run_round(self) -> None:
        """Take every deletion as far as it can go now."""
        await self._add_expired_projects()
        unfinished = await self._metadata.list_unfinished_deletions()
        waiting = [deletion for deletion in unfinished if deletion.deletion_id not in self._scrubbing]
        erased = [deletion.deletion_id for deletion in waiting if await self._advance(deletion)]
        if erased:
            failpoints.reach("erasing.before_scrub")
            await self._eraser.begin_scrub()
            self._scrubbing.update(erased)
        if self._scrubbing and await self._eraser.is_scrubbed():
            for deletion in unfinished:
                if deletion.deletion_id in self._scrubbing:
                    await self._finish(deletion)

    async def _finish(self, deletion: Deletion) -> None:
        if deletion.kind == "project":
            await self._metadata.erase_project(deletion.project_id)
        await self._metadata.mark_finished(deletion.deletion_id, self._clock.now_us())
        telemetry.deletion_finished(deletion.deletion_id, deletion.kind)
        self._scrubbing.discard(deletion.deletion_id)
        self._seen_s.pop(deletion.deletion_id, None)
        self._barriers.pop(deletion.deletion_id, None)

    async def _add_expired_projects(self) -> None:
        now_us = self._clock.now_us()
        for project_id in await self._metadata.list_expired_projects(now_us - self._restore_us):
            deletion = Deletion(
                deletion_id=new_object_id("del"), project_id=project_id, kind="project", subject="",
                requested_by="", requested_at_us=now_us,
            )  # fmt: skip
            entry = AuditEntry(
                at_us=now_us, project_id=project_id, actor_kind="operator", actor_id="", address="",
                action="project:erase", object_kind="project", object_id=project_id,
            )  # fmt: skip
            # Another processor may have been quicker.
            with contextlib.suppress(AlreadyExists):
                await self._metadata.add_deletion(deletion, entry)

    async def _advance(self, deletion: Deletion) -> bool:
        """Erase again when something may have come since; tells whether this was the last time."""
        key = deletion.deletion_id
        if key not in self._seen_s:
            # The queue may still hold some of it, so nothing is said; but what is there is gone at once.
            await self._erase(deletion)
            self._seen_s[key] = self._clock.monotonic_s()
            return False
        if self._clock.monotonic_s() - self._seen_s[key] < KNOWN_AFTER_S:
            return False
        edges = await self._queue.edges()
        # Of an end user, later events are not meant; of a trace or a project, processors drop them from here on.
        barrier = self._barriers.setdefault(
            key, deletion.last_sequence if deletion.kind == "end_user" else edges.last
        )  # fmt: skip
        if edges.first_waiting is not None and edges.first_waiting <= barrier:
            return False
        if deletion.erased_at_us is None:
            await self._erase(deletion)
            await self._metadata.mark_erased(key, self._clock.now_us())
        if edges.first_kept is not None and edges.first_kept <= barrier:
            return False
        await self._erase(deletion)
        return True

    async def _erase(self, deletion: Deletion) -> None:
        # A summary that was begun with events of before must not be written after they are gone.
        async with self._summaries.held_back():
            failpoints.reach("erasing.before_erase")
            if deletion.kind == "trace":
                await self._eraser.erase_trace(deletion.project_id, deletion.subject)
            elif deletion.kind == "project":
                await self._eraser.erase_project(deletion.project_id)
                await self._queue.forget_project(deletion.project_id)
            else:
                await self._erase_end_user(deletion)

    async def _erase_end_user(self, deletion: Deletion) -> None:
        project_id, user_id, last_version = deletion.project_id, deletion.subject, deletion.last_sequence
        trace_ids = await self._eraser.find_traces_of_end_user(project_id, user_id, last_version)
        touched = [TouchedTrace(project_id, trace_id) for trace_id in trace_ids]
        # Before: a kill must leave no trace without its summary. After: another processor may have been quick.
        await self._queue.touch(touched)
        await self._eraser.erase_end_user(project_id, user_id, trace_ids, last_version)
        failpoints.reach("erasing.erased")
        await self._queue.touch(touched)
