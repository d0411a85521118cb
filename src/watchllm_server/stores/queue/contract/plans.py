"""Plans as a queue keeps them: which events of a bundle are repeats, and which become no rows."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from watchllm_server.stores.queue.contract import Bundle, EventKey
from watchllm_server.stores.queue.contract.packing import open_seal, seal


class Plan(msgspec.Struct, frozen=True, array_like=True):
    """What was decided of a bundle; every other event of it is new."""

    repeats: frozenset[EventKey]
    letters: frozenset[EventKey]


def pack_plan(repeats: Collection[EventKey], letters: Collection[EventKey]) -> bytes:
    return seal(msgspec.msgpack.encode(Plan(frozenset(repeats), frozenset(letters))))


def read_plan(packed: bytes) -> Plan | None:
    """Return a plan; None when there is none, when it is damaged, or when another version wrote it otherwise."""
    try:
        return msgspec.msgpack.decode(open_seal(packed), type=Plan)
    except msgspec.MsgspecError:
        return None


def new_events(bundle: Bundle, repeats: Collection[EventKey], letters: Collection[EventKey]) -> dict[str, set[str]]:
    """Return the ids of the events, by project, that a plan of the bundle counts as new."""
    ids: dict[str, set[str]] = {}
    for entry in bundle.entries:
        ids.setdefault(entry.project_id, set()).update(entry.event_ids)
    for project_id, event_id in (*repeats, *letters):
        ids.get(project_id, set()).discard(event_id)
    return ids
