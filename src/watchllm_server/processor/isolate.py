"""Finds the rows that the event store refuses, so that one bad event never holds back the others.

One bad row of 10,000 costs at most 17 attempts: the whole, 14 halves of what is known to be bad, the row alone for the
store's words about it, and everything else together. Only when there are more bad rows, halves are tried on both sides.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.stores.events.contract import EventWriter, RowsRefused

_MESSAGE_CHARS: Final = 500


async def insert_what_can_be(writer: EventWriter, events: Sequence[Event], token: str) -> list[UnreadableEvent]:
    """Insert the rows and return those that can never be stored, as dead letters.

    Every part has a token made of its rows, so that a repetition after a kill is recognised and never mistaken.
    Raises StoreUnavailable when the store does not answer.
    """
    refusal = await _attempt(writer, events, token)
    if refusal is None:
        return []
    search = _Search(writer, events, token)
    # By project: where all events of one are bad, halves of the others are stored whole.
    places = sorted(range(len(events)), key=lambda place: events[place].project_id)
    if refusal.rows:
        # The writer knows which rows have no place in the table: nothing has to be searched for.
        search.letters += [_letter(events[place], words) for place, words in sorted(refusal.rows.items())]
        places = [place for place in places if place not in refusal.rows]
        if not places or (refusal := await search.attempt(places)) is None:
            return search.letters
    unknown = await search.find_one(places, refusal)
    if unknown and (refusal := await search.attempt(unknown)) is not None:
        await search.halve(unknown, refusal)
    return search.letters


async def _attempt(writer: EventWriter, events: Sequence[Event], token: str) -> RowsRefused | None:
    try:
        await writer.insert_events(events, token)
    except RowsRefused as refusal:
        return refusal
    return None


class _Search:
    """The search through the rows of one bundle, by their places in it."""

    def __init__(self, writer: EventWriter, events: Sequence[Event], token: str) -> None:
        self._writer = writer
        self._events = events
        self._token = token
        self.letters: list[UnreadableEvent] = []

    async def attempt(self, places: Sequence[int]) -> RowsRefused | None:
        """Insert the rows at these places; returns the refusal, or None."""
        # A token must name exactly its rows: with other rows, it would have the store drop them.
        named = zlib.crc32(",".join(map(str, places)).encode())
        token = f"{self._token}.{len(places)}.{named:08x}"
        return await _attempt(self._writer, [self._events[place] for place in places], token)

    async def find_one(self, bad: Sequence[int], refusal: RowsRefused) -> list[int]:
        """Find one bad row among rows that were refused together; returns those of which nothing is known yet."""
        unknown: list[int] = []
        is_alone = len(bad) == 1
        while len(bad) > 1:
            left, right = bad[: len(bad) // 2], bad[len(bad) // 2 :]
            found = await self.attempt(left)
            if found is None:
                bad, is_alone = right, False
            else:
                bad, refusal, unknown, is_alone = left, found, [*right, *unknown], len(left) == 1
        await self._judge(bad[0], refusal if is_alone else None)
        return unknown

    async def halve(self, bad: Sequence[int], refusal: RowsRefused | None) -> None:
        """Find every bad row among rows that were refused together; without a refusal, that follows from others."""
        if len(bad) == 1:
            await self._judge(bad[0], refusal)
            return
        left, right = bad[: len(bad) // 2], bad[len(bad) // 2 :]
        found = await self.attempt(left)
        if found is None:
            # What is bad stands on the other side; trying all of it once more would tell nothing.
            await self.halve(right, None)
            return
        await self.halve(left, found)
        found = await self.attempt(right)
        if found is not None:
            await self.halve(right, found)

    async def _judge(self, place: int, refusal: RowsRefused | None) -> None:
        """Make a letter of a row, with the words of its own refusal: that of several may speak of another row."""
        refusal = refusal or await self.attempt([place])
        if refusal is not None:
            self.letters.append(_letter(self._events[place], str(refusal)))


def _letter(event: Event, message: str) -> UnreadableEvent:
    return UnreadableEvent(
        project_id=event.project_id,
        event_id=event.event_id,
        version=event.version,
        accepted_at_us=event.accepted_at_us,
        code="store_refused",
        message=message[:_MESSAGE_CHARS],
        content=event.raw or event.input,
    )
