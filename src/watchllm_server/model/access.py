"""Who may do what, as one table: actions by role and by key scope. What is not in it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchllm_server.model.project import Role, Scope

_ALL: Final[frozenset[Role]] = frozenset({"OWNER", "ADMIN", "MEMBER", "VIEWER"})
_MEMBERS: Final[frozenset[Role]] = frozenset({"OWNER", "ADMIN", "MEMBER"})
_ADMINS: Final[frozenset[Role]] = frozenset({"OWNER", "ADMIN"})
_OWNER: Final[frozenset[Role]] = frozenset({"OWNER"})
_EVERYBODY: Final[frozenset[Role]] = frozenset({*_ALL, "BILLING"})
_NOBODY: Final[frozenset[Role]] = frozenset()

# action → (roles, key scopes)
TABLE: Final[dict[str, tuple[frozenset[Role], frozenset[Scope]]]] = {
    "events:write": (_NOBODY, frozenset({"ingest"})),
    "traces:read": (_ALL, frozenset({"read"})),
    "traces:export": (_MEMBERS, frozenset({"read"})),
    # Own ones alone, whatever the role.
    "views:own": (_EVERYBODY, frozenset()),
    "ledger:read": (_ALL, frozenset({"read"})),
    "where-is:read": (_ALL, frozenset({"read"})),
    "first-steps:read": (_OWNER, frozenset()),
    "dead_letters:read": (_MEMBERS, frozenset()),
    "dead_letters:replay": (_ADMINS, frozenset()),
    "dead_letters:discard": (_ADMINS, frozenset()),
}


def is_allowed_for_role(action: str, role: Role) -> bool:
    """Tell whether a member with this role may do it."""
    return role in TABLE[action][0] if action in TABLE else False


def is_allowed_for_scopes(action: str, scopes: Iterable[Scope]) -> bool:
    """Tell whether a key with these scopes may do it."""
    return bool(TABLE[action][1].intersection(scopes)) if action in TABLE else False
