"""The audit log as plain data: who did what to which object, each row chained to the one before it by a hash."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ActorKind = Literal["user", "key", "operator"]


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. `before` and `after` hold what was shown of the object, never a secret."""

    at_us: int
    # The chain that it belongs to: a project, or "" for what belongs to none.
    project_id: str
    actor_kind: ActorKind
    actor_id: str
    # The address of the client, "" when it did not come over the network.
    address: str
    # Such as api_keys:write: an action of the table of access, or one of oneself or of an operator, as members:accept.
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
