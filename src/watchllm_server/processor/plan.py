"""What is in a bundle, and how its events count once it is known which of them are repeats.

Whether an event is a repeat can only be told before its row is stored: after a kill, its own row would make
it look like one. So the answer is kept in the queue before anything is inserted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.ledger import Settlement, minute_of
from watchllm_server.stores.queue.contract import Entry, EventKey


class Contents(msgspec.Struct):
    """The bundle, read: rows to insert (one per event id), letters, and how many events a later one replaces."""

    events: list[Event]
    letters: list[UnreadableEvent]
    # (project id, minute) of each event that a later event of the same bundle replaces.
    replaced: list[tuple[str, int]]
    # What belongs to something that was deleted, and is not stored. It counts as what it would have been.
    dropped: list[Event] = msgspec.field(default_factory=list[Event])
    dropped_letters: list[UnreadableEvent] = msgspec.field(default_factory=list[UnreadableEvent])


def contents_of(results: Sequence[tuple[Entry, Sequence[Event | UnreadableEvent]]]) -> Contents:
    """Put the mapped entries together; of an event that comes twice, the last accepted one stands."""
    rows: dict[tuple[str, str], Event] = {}
    letters: list[UnreadableEvent] = []
    replaced: list[tuple[str, int]] = []
    for entry, mapped in results:
        for item in mapped:
            if isinstance(item, UnreadableEvent):
                letters.append(item)
                continue
            # An event without a trace is its own trace.
            item.trace_id = item.trace_id or item.event_id
            former = rows.pop((item.project_id, item.event_id), None)
            if former is not None:
                replaced.append((item.project_id, minute_of(former.accepted_at_us)))
            rows[item.project_id, item.event_id] = item
        if len(mapped) != len(entry.event_ids):
            raise AssertionError(f"entry {entry.sequence}: {len(mapped)} results for {len(entry.event_ids)} events")
    return Contents(events=list(rows.values()), letters=letters, replaced=replaced)


def settlements_of(contents: Contents, repeats: Collection[EventKey]) -> list[Settlement]:
    """Count what became of every event of the bundle, by project and minute."""
    counts: dict[tuple[str, int], list[int]] = {}
    for event in (*contents.events, *contents.dropped):
        is_duplicate = (event.project_id, event.event_id) in repeats
        _add(counts, event.project_id, minute_of(event.accepted_at_us), 1 if is_duplicate else 0)
    for project_id, minute in contents.replaced:
        _add(counts, project_id, minute, 1)
    for letter in (*contents.letters, *contents.dropped_letters):
        _add(counts, letter.project_id, minute_of(letter.accepted_at_us), 2)
    return [
        Settlement(project_id, minute, stored=stored, duplicate=duplicate, dead_lettered=dead)
        for (project_id, minute), (stored, duplicate, dead) in counts.items()
    ]


def _add(counts: dict[tuple[str, int], list[int]], project_id: str, minute: int, place: int) -> None:
    counts.setdefault((project_id, minute), [0, 0, 0])[place] += 1
