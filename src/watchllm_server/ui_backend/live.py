"""Live views: one poll a project, shared by its streams, and what each stream has yet to send.

A stream that falls behind is ended: its browser asks again from the last row that it has seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, Final

import msgspec

from watchllm_server.errors import TooManyRequests
from watchllm_server.model.filter import Node
from watchllm_server.stores.events.contract import QueryLimit, StoreUnavailable
from watchllm_server.stores.events.contract.live import Changed, FollowReader

POLL_S: Final = 1.0
# A summary's time is taken when its insert begins; one that takes longer than this is seen at the next change of it.
OVERLAP_US: Final = 5_000_000
# Of one poll: more than a screen shows in a second. In a flood the oldest are left out.
MOST_CHANGED: Final = 1_000
# Rows that wait for a slow reader.
MOST_WAITING: Final = 2_000
# How far back a browser may ask again from: after a longer sleep it reads the list anew.
MOST_BACK_US: Final = 5 * 60 * 1_000_000


class Row(msgspec.Struct, frozen=True):
    """A row of the list of traces, and when it was stored."""

    stored_us: int
    row: dict[str, Any]


class Stream:
    """The rows of one reader; `is_behind` once there were more than may wait."""

    def __init__(self, filter: Node | None, after_us: int | None) -> None:
        self.filter = filter
        self.after_us = after_us
        self.waiting: asyncio.Queue[Row] = asyncio.Queue(MOST_WAITING)
        self.is_behind = False

    def give(self, row: Row) -> None:
        try:
            self.waiting.put_nowait(row)
        except asyncio.QueueFull:
            self.is_behind = True


class _Project:
    """The streams of one project, and what its poll has seen."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.newest_us: int | None = None
        # Trace → its version, as long as a poll may see it again.
        self.seen: dict[str, Changed] = {}
        self.poll: asyncio.Task[None] | None = None

    def take_new(self, changed: list[Changed]) -> list[Changed]:
        """Return what no poll has seen before, and remember it."""
        fresh: dict[str, Changed] = {}
        for one in changed:
            known = self.seen.get(one.trace_id)
            if known is None or one.version > known.version:
                self.seen[one.trace_id] = fresh[one.trace_id] = one
        self.newest_us = max([self.newest_us or 0, *(one.stored_us for one in changed)])
        oldest_us = self.newest_us - OVERLAP_US
        self.seen = {trace_id: one for trace_id, one in self.seen.items() if one.stored_us >= oldest_us}
        return list(fresh.values())


class Live:
    """The live views of this process."""

    def __init__(self, follower: FollowReader, *, most_streams: int) -> None:
        self._follower = follower
        self._most_streams = most_streams
        self._projects: dict[str, _Project] = {}

    def check_room(self, project_id: str) -> None:
        """Raise TooManyRequests when the project has as many streams as it may."""
        project = self._projects.get(project_id)
        if project is not None and len(project.streams) >= self._most_streams:
            raise TooManyRequests(
                f"this project has {self._most_streams} live views already", code="too_busy", retry_after_s=30
            )

    @contextmanager
    def stream(self, project_id: str, filter: Node | None, after_us: int | None) -> Generator[Stream]:
        """Return a stream of the project's traces for the length of the block.

        `after_us`: what was stored later than that comes first.
        """
        project = self._projects.setdefault(project_id, _Project())
        stream = Stream(filter, after_us)
        project.streams.append(stream)
        if project.poll is None or project.poll.done():
            project.poll = asyncio.create_task(self._follow(project_id, project))
        try:
            yield stream
        finally:
            project.streams.remove(stream)
            if not project.streams:
                project.poll.cancel()
                self._projects.pop(project_id, None)

    async def _follow(self, project_id: str, project: _Project) -> None:
        try:
            while True:
                # Nothing is lost by waiting: the next poll asks from the same time.
                with suppress(StoreUnavailable, QueryLimit, TooManyRequests):
                    await self._poll_once(project_id, project)
                await asyncio.sleep(POLL_S)
        finally:
            # Whatever ended it: nobody waits for rows that nobody reads.
            for stream in project.streams:
                stream.is_behind = True

    async def _poll_once(self, project_id: str, project: _Project) -> None:
        if project.newest_us is None:
            project.newest_us = await self._follower.newest_us(project_id)
            # What was stored before anybody looked is in the list that they read first.
            project.take_new(await self._changed_since(project_id, project.newest_us - OVERLAP_US))
        for stream in [each for each in project.streams if each.after_us is not None]:
            since_us = max((stream.after_us or 0) + 1, project.newest_us - MOST_BACK_US)
            await self._send(project_id, await self._changed_since(project_id, since_us), [stream])
            stream.after_us = None
        # Taken before the read, so that one who comes during it misses nothing.
        streams = list(project.streams)
        changed = await self._changed_since(project_id, project.newest_us - OVERLAP_US)
        await self._send(project_id, project.take_new(changed), streams)

    async def _changed_since(self, project_id: str, since_us: int) -> list[Changed]:
        return await self._follower.list_changed(project_id, max(since_us, 0), MOST_CHANGED)

    async def _send(self, project_id: str, changed: list[Changed], streams: list[Stream]) -> None:
        newest = {one.trace_id: one for one in changed}
        by_filter: dict[str, list[Stream]] = {}
        for stream in streams:
            by_filter.setdefault(repr(stream.filter), []).append(stream)
        for alike in by_filter.values() if newest else ():
            rows = await self._follower.read_changed(project_id, list(newest.values()), alike[0].filter)
            for trace_id, one in newest.items():
                for stream in alike if trace_id in rows else ():
                    stream.give(Row(one.stored_us, rows[trace_id]))
