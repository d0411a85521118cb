"""From the bytes of an entry to priced events: reads each entry with the format that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchllm_server.dialects.contract import Format, Limits
from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.processor.letters import accepted_of, complete
from watchllm_server.processor.pricing import add_cost
from watchllm_server.stores.queue.contract import Entry


class Handlers:
    """The formats by name, with the limits under which entries were accepted."""

    def __init__(self, formats: Mapping[str, Format], limits: Limits) -> None:
        self._formats = formats
        self._limits = limits

    def read(self, entries: Sequence[Entry]) -> list[tuple[Entry, list[Event | UnreadableEvent]]]:
        """Map and price every event of the entries; one result for every accepted id."""
        return [(entry, self._read_entry(entry)) for entry in entries]

    def complete(self, entries: Sequence[Entry], letters: Sequence[UnreadableEvent]) -> list[UnreadableEvent]:
        """Return the letters of these entries with the bodies that a replay needs."""
        return complete(self._formats, entries, letters)

    def _read_entry(self, entry: Entry) -> list[Event | UnreadableEvent]:
        if entry.damage:
            return _all_unreadable(entry, entry.damage, code="queue_damaged")
        reader = self._formats.get(entry.format)
        if reader is None:
            return _all_unreadable(entry, f"this version does not read {entry.format}")
        try:
            mapped = reader.read_events(entry.body, accepted=accepted_of(entry), limits=self._limits)
            if len(mapped) != len(entry.event_ids):
                # An entry of another version, read otherwise today: keep all of it rather than guess.
                counts = f"{len(mapped)} events were read where {len(entry.event_ids)} were accepted"
                return _all_unreadable(entry, counts)
            for event in mapped:
                if isinstance(event, Event):
                    add_cost(event)
        except MemoryError:
            raise
        except Exception as error:
            # A mistake of a reader must not hold back the bundle for ever: its events wait for a version without it.
            return _all_unreadable(entry, f"reading failed: {type(error).__name__}: {error}"[:500])
        return mapped


def _all_unreadable(entry: Entry, message: str, code: str = "unmappable") -> list[Event | UnreadableEvent]:
    return [
        UnreadableEvent(
            project_id=entry.project_id,
            event_id=event_id,
            version=entry.sequence,
            accepted_at_us=entry.accepted_at_us,
            code=code,
            message=message,
            content="",
        )
        for event_id in entry.event_ids
    ]
