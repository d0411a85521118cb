"""What Redis keeps of the queue, as values of the contract: entries, ledger minutes, losses, refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from watchllm_server.model.ledger import LedgerMinute, Settlement, minute_of
from watchllm_server.stores.queue.contract import (
    EventKey,
    Loss,
    NewEntry,
    RefusedEvent,
    RejectedEvent,
    TouchedTrace,
)
from watchllm_server.stores.queue.contract.packing import Packed, at_place
from watchllm_server.stores.queue.contract.plans import read_plan
from watchllm_server.stores.queue.contract.refusals import remembered

DAY_US: Final = 86_400_000_000


def entry_values(entry: NewEntry, packed: Packed) -> list[Any]:
    """Return the ten parts by which the scripts know an entry."""
    return [
        entry.project_id,
        entry.format,
        entry.accepted_at_us,
        minute_of(entry.accepted_at_us),
        len(entry.event_ids),
        packed.plain_size,
        packed.ids,
        packed.body,
        packed.head_checksum,
        packed.body_checksum,
    ]


Head = tuple[bytes, Mapping[bytes, bytes]]


def rows_of(heads: Sequence[Head], bodies: Sequence[Head]) -> list[tuple[Any, ...]]:
    """Return entries' rows as `packing.unpack` reads them; a head without its body keeps its place, as a damage."""
    by_place = dict(bodies)
    return [_row_of(head, by_place.get(head[0], {})) for head in heads]


def _row_of(head: Head, body: Mapping[bytes, bytes]) -> tuple[Any, ...]:
    sequence, project_id, form, accepted_at_us, ids, checksum = head_of(head)
    return (
        sequence,
        project_id,
        form,
        accepted_at_us,
        _number(head[1].get(b"n")),
        ids,
        body.get(b"b"),
        checksum,
        at_place(sequence, _number(body.get(b"c")) or 0),
    )


def head_of(head: Head) -> tuple[int, Any, Any, Any, Any, int]:
    """Return what `packing.is_head_intact` asks for; a value that cannot be read is None."""
    sequence, fields = sequence_of(head[0]), head[1]
    return (
        sequence,
        _text(fields.get(b"p")),
        _text(fields.get(b"f")),
        _number(fields.get(b"t")),
        _text(fields.get(b"i")),
        at_place(sequence, _number(fields.get(b"c")) or 0),
    )


def sequence_of(place: bytes) -> int:
    """Return the sequence of a place in a stream."""
    return int(place.partition(b"-")[0])


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _number(value: bytes | None) -> int | None:
    return int(value) if value is not None and value.lstrip(b"-").isdigit() else None


def packed_settlements(settlements: Sequence[Settlement]) -> bytes:
    return msgspec.msgpack.encode(
        [(s.project_id, s.minute_us, s.stored, s.duplicate, s.dead_lettered) for s in settlements]
    )


def packed_names(events: Mapping[str, Collection[str]]) -> bytes:
    """Return events, given by project, as the scripts name them."""
    return msgspec.msgpack.encode([f"{project}\n{event_id}" for project, ids in events.items() for event_id in ids])


def keys_of(packed: bytes) -> frozenset[EventKey]:
    """Return events that a script has named."""
    return frozenset(_key(name) for name in msgspec.msgpack.decode(packed, type=list[str]))


def _key(name: str) -> EventKey:
    project_id, _, event_id = name.partition("\n")
    return project_id, event_id


def repeats_of(plan: bytes, others: bytes) -> frozenset[EventKey] | None:
    """Return the repeats of a plan; None when there is none, or a damaged one."""
    known = read_plan(plan)
    return None if known is None else known.repeats | keys_of(others)


def packed_traces(traces: Sequence[TouchedTrace]) -> bytes:
    return msgspec.msgpack.encode([(t.project_id, t.trace_id) for t in traces])


def packed_refused(at_us: int, refused: Sequence[RefusedEvent]) -> bytes:
    """Return the refusals that have an id, each as (id, what is remembered of it)."""
    return msgspec.msgpack.encode(
        [
            (event.event_id, msgspec.json.encode((at_us, event.code, event.message)).decode())
            for event in remembered(refused)
        ]
    )


def rejected_of(event_id: str, remembered: bytes) -> RejectedEvent:
    at_us, code, message = msgspec.json.decode(remembered, type=tuple[int, str, str])
    return RejectedEvent(event_id=event_id, code=code, message=message, at_us=at_us)


def loss_of(number: bytes, packed: bytes) -> tuple[Loss, int | None]:
    """Return a loss, and how many of its events were found; None when nobody has looked."""
    noticed_us, after, last, commits, events, found = packed.decode().split(":")
    loss = Loss(
        number=int(number),
        noticed_at_us=int(noticed_us),
        after_sequence=int(after),
        last_sequence=int(last),
        commits=int(commits),
        events=int(events),
    )
    return loss, int(found) if found else None


def minutes_of(days: Sequence[Mapping[bytes, bytes]]) -> dict[int, LedgerMinute]:
    """Return the minutes of days of one project's ledger."""
    minutes: dict[int, LedgerMinute] = {}
    for day in days:
        for field, value in day.items():
            if (count := int(value)) == 0:
                continue
            minute_us, _, kind = field.decode().partition(":")
            minute = minutes.setdefault(int(minute_us), LedgerMinute(minute_us=int(minute_us)))
            if kind.startswith("rejected:"):
                minute.rejected[kind.removeprefix("rejected:")] = count
            else:
                setattr(minute, kind, count)
    return minutes
