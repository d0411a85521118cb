"""Gives dead letters what a replay needs: each one its event alone, in the format in which it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from watchllm_server.dialects.contract import Accepted, Format, Part
from watchllm_server.errors import WatchLLMError
from watchllm_server.model.event import UnreadableEvent
from watchllm_server.stores.queue.contract import Entry

# A body that cannot be taken apart is kept with each of its events, up to about one bundle's worth of copies.
MAX_COPIES_BYTES: Final = 32 * 1024 * 1024


def complete(
    formats: Mapping[str, Format], entries: Sequence[Entry], letters: Sequence[UnreadableEvent]
) -> list[UnreadableEvent]:
    """Return the letters with their bodies; each is of one of the entries, whose sequence is its version."""
    completed: list[UnreadableEvent] = []
    by_sequence: dict[int, list[UnreadableEvent]] = {}
    for letter in letters:
        by_sequence.setdefault(letter.version, []).append(letter)
    for entry in entries:
        mine = by_sequence.pop(entry.sequence, [])
        if entry.damage:
            completed += _with_remains(entry, mine)
            continue
        parts = _parts(formats.get(entry.format), entry, mine)
        if parts is None:
            completed += _with_whole_body(entry, mine)
        else:
            completed += [
                replace(letter, format=entry.format, body=part.body, content=part.text)
                for letter, part in zip(mine, parts, strict=True)
            ]
    return completed + [letter for rest in by_sequence.values() for letter in rest]


def accepted_of(entry: Entry) -> Accepted:
    """Return what the acceptance of an entry fixed."""
    return Accepted(
        project_id=entry.project_id,
        event_ids=entry.event_ids,
        accepted_at_us=entry.accepted_at_us,
        sequence=entry.sequence,
    )


def _parts(reader: Format | None, entry: Entry, letters: Sequence[UnreadableEvent]) -> list[Part] | None:
    if reader is None or not letters:
        return None
    # Of an event that comes twice in an entry, the last one stands.
    places = {event_id: place for place, event_id in enumerate(entry.event_ids)}
    try:
        indexes = [places[letter.event_id] for letter in letters]
        return reader.extract(entry.body, accepted=accepted_of(entry), indexes=indexes)
    except (LookupError, ValueError, RecursionError, WatchLLMError):
        return None


def _with_remains(entry: Entry, letters: Sequence[UnreadableEvent]) -> list[UnreadableEvent]:
    """Keep what is left of a damaged body once, for a person; it must not be replayed as if it were right."""
    text = entry.body.decode("utf-8", "replace")
    return [replace(letter, content="" if place else text) for place, letter in enumerate(letters)]


def _with_whole_body(entry: Entry, letters: Sequence[UnreadableEvent]) -> list[UnreadableEvent]:
    most = max(1, MAX_COPIES_BYTES // max(1, len(entry.body)))
    ids = tuple(entry.event_ids)
    text = entry.body.decode("utf-8", "replace")
    kept = [
        replace(letter, format=entry.format, body=entry.body, body_event_ids=ids, content=text)
        for letter in letters[:most]
    ]
    return kept + [
        replace(letter, content="", message=f"{letter.message}; its request is kept with {letters[0].event_id}")
        for letter in letters[most:]
    ]
