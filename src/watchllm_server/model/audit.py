"""The audit log as plain data: who did what to which object, each row chained to the one before it by a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

ActorKind = Literal["user", "key", "operator"]
# What the first row of a chain is chained to.
FIRST_HASH: Final = "0" * 64


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. `before` and `after` hold what was shown of the object, never a secret."""

    at_us: int
    # The chain that it belongs to: a project, or "" for what belongs to none.
    project_id: str
    actor_kind: ActorKind
    actor_id: str
    # The address of the client, "" when it did not come over the network.
    address: str
    # Such as api_keys:write; the actions are those of the table of access.
    action: str
    object_kind: str
    object_id: str
    before: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    after: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in its place: `number` counts from 1 within its chain, without a gap."""

    number: int
    entry: AuditEntry
    hash: str


def chained_hash(previous: str, number: int, entry: AuditEntry) -> str:
    """Return the hash of a row: of the hash before it, its number and all that it says."""
    said = msgspec.json.encode(entry, order="deterministic")
    return hashlib.sha256(f"{previous}\n{number}\n".encode() + said).hexdigest()


def first_broken(rows: Iterable[AuditRow]) -> int | None:
    """Return the number of the first row that does not follow from those before it, or None; `rows` from number 1."""
    previous, expected = FIRST_HASH, 1
    for row in rows:
        if row.number != expected or row.hash != chained_hash(previous, row.number, row.entry):
            return expected
        previous, expected = row.hash, expected + 1
    return None
