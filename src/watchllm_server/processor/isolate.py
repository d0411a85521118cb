"""Finds the rows that the event store refuses, by halves, so that one bad event never holds back the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.stores.events.contract import EventWriter, RowsRefused

# Halving finds one bad row of 10,000 in 15 inserts; each further one costs as much again.
_MESSAGE_CHARS: Final = 500


async def insert_what_can_be(writer: EventWriter, events: Sequence[Event], token: str) -> list[UnreadableEvent]:
    """Insert the rows and return those that can never be stored, as dead letters.

    Every part has a token of its own place, so that a repetition after a kill is recognised.
    Raises StoreUnavailable when the store does not answer.
    """
    try:
        await writer.insert_events(events, token)
    except RowsRefused as refusal:
        if len(events) == 1:
            return [_letter(events[0], str(refusal))]
    else:
        return []
    middle = len(events) // 2
    letters = await insert_what_can_be(writer, events[:middle], f"{token}.0")
    return letters + await insert_what_can_be(writer, events[middle:], f"{token}.1")


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
