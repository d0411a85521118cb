"""Replays and discards dead letters, some at a time; also what `watchllm dead-letters` does beside a server.

The order of steps is the promise: enqueued durably → letter marked → the queue forgets it. A kill between any two, or
two replays at once, leave a letter that can be replayed again without its event being stored or counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from watchllm_server import failpoints
from watchllm_server.dialects.contract import Accepted, Format
from watchllm_server.errors import WatchLLMError
from watchllm_server.stores.events.contract import DeadLetters, LetterBody, LetterKey, LetterQuery
from watchllm_server.stores.queue.contract import Queue, Replay

# Letters of one call: their ids fit into a request, and it ends while somebody waits for it.
MAX_LETTERS: Final = 1_000
# Bodies read and enqueued together: bounds memory, and the time for which others wait for their commit.
_MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_TOGETHER: Final = 250


class Replayed(msgspec.Struct, kw_only=True):
    """What became of the letters that a call named: events by outcome."""

    replayed: int = 0
    # A newer version of the event is stored: the letter was marked, and its event left alone.
    superseded: int = 0
    # Kept without a body that a format of this version reads.
    unreadable: int = 0
    # The bundle in which it came is still being worked on: for the next call.
    busy: int = 0
    # Whether the same call would find more.
    has_more: bool = False


class Replayer:
    """The dead letters of an installation, with the queue into which they go back."""

    def __init__(self, letters: DeadLetters, queue: Queue, formats: Mapping[str, Format]) -> None:
        self._letters = letters
        self._queue = queue
        self._formats = formats

    async def replay(self, project_id: str, query: LetterQuery) -> Replayed:
        """Send kept letters through the queue again, at most MAX_LETTERS; raises as the queue does when it is full."""
        keys, has_more = await self._select(project_id, query)
        superseded = await self._letters.find_superseded(project_id, keys)
        await self._end(project_id, superseded, "superseded")
        left = set(keys).difference(superseded)
        done = Replayed(superseded=len(superseded), has_more=has_more)
        for part in _parts([key for key in keys if key in left]):
            await self._replay_part(project_id, part, done)
        return done

    async def _select(self, project_id: str, query: LetterQuery) -> tuple[list[LetterKey], bool]:
        """Return the letters, and whether there are more than one call takes."""
        # Named letters without a body are counted; of a filter's, they would stand in the way of the others.
        asked = msgspec.structs.replace(
            query, state="kept", is_replayable=query.event_ids is None, limit=MAX_LETTERS + 1, after=None
        )
        keys = await self._letters.select(project_id, asked)
        return keys[:MAX_LETTERS], len(keys) > MAX_LETTERS

    async def _replay_part(self, project_id: str, keys: Sequence[LetterKey], done: Replayed) -> None:
        by_id = {key.event_id: key for key in keys}
        replays: list[Replay] = []
        for letter in await self._letters.read_bodies(project_id, keys):
            body = self._single(project_id, letter)
            if body is not None:
                replays.append(_replay_of(project_id, letter, body))
        done.unreadable += len(keys) - len(replays)
        if not replays:
            return
        outcomes = await self._queue.replay(replays)
        queued = [
            by_id[each.event_ids[0]] for each, outcome in zip(replays, outcomes, strict=True) if outcome == "queued"
        ]
        failpoints.reach("replay.enqueued")
        await self._end(project_id, queued, "replayed")
        done.replayed += len(queued)
        done.busy += len(replays) - len(queued)

    def _single(self, project_id: str, letter: LetterBody) -> bytes | None:
        """Return a body that holds the letter's event alone, or None when this version cannot have it."""
        form = self._formats.get(letter.format)
        if form is None or not letter.body:
            return None
        if not letter.event_ids:
            return letter.body
        accepted = Accepted(
            project_id=project_id,
            event_ids=letter.event_ids,
            accepted_at_us=letter.accepted_at_us,
            sequence=letter.version,
        )
        # Of an event that comes twice in a body, the last one stands.
        place = max((at for at, event_id in enumerate(letter.event_ids) if event_id == letter.event_id), default=-1)
        try:
            (part,) = form.extract(letter.body, accepted=accepted, indexes=[place])
        except (LookupError, ValueError, RecursionError, WatchLLMError):
            return None
        return part.body

    async def _end(self, project_id: str, keys: Sequence[LetterKey], state: Literal["replayed", "superseded"]) -> None:
        if not keys:
            return
        await self._letters.end(project_id, keys, state)
        failpoints.reach("replay.marked")
        await self._queue.settle_replays(project_id, [(key.event_id, key.version) for key in keys])

    async def discard(self, project_id: str, query: LetterQuery) -> tuple[int, bool]:
        """Take kept letters out and forget their content, at most MAX_LETTERS; returns how many, and if there are more.

        They stay counted as dead-lettered: they were received, and are not stored.
        """
        asked = msgspec.structs.replace(query, state="kept", limit=MAX_LETTERS + 1, after=None)
        keys = await self._letters.select(project_id, asked)
        await self._letters.end(project_id, keys[:MAX_LETTERS], "discarded")
        return len(keys[:MAX_LETTERS]), len(keys) > MAX_LETTERS


def _replay_of(project_id: str, letter: LetterBody, body: bytes) -> Replay:
    # Under the time at which it was accepted: an event without a time of its own stays the same event.
    return Replay(
        project_id=project_id,
        format=letter.format,
        body=body,
        event_ids=[letter.event_id],
        accepted_at_us=letter.accepted_at_us,
        version=letter.version,
    )


def _parts(keys: Sequence[LetterKey]) -> Iterator[list[LetterKey]]:
    part: list[LetterKey] = []
    size = 0
    for key in keys:
        if part and (size + key.body_bytes > _MAX_BYTES or len(part) == _MAX_TOGETHER):
            yield part
            part, size = [], 0
        part.append(key)
        size += key.body_bytes
    if part:
        yield part
