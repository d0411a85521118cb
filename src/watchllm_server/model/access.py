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
    "traces:delete": (_ADMINS, frozenset()),
    # Own ones alone, whatever the role.
    "views:own": (_EVERYBODY, frozenset()),
    "ledger:read": (_ALL, frozenset({"read"})),
    "where-is:read": (_ALL, frozenset({"read"})),
    "first-steps:read": (_OWNER, frozenset()),
    "project:read": (_EVERYBODY, frozenset()),
    "project:change": (_ADMINS, frozenset()),
    "project:delete": (_OWNER, frozenset()),
    # What an admin may do to whom is narrower still: `may_grant`.
    "members:read": (_ALL, frozenset()),
    "members:change": (_ADMINS, frozenset()),
    "members:invite": (_ADMINS, frozenset()),
    # Oneself, or whom one may grant a role.
    "members:remove": (_EVERYBODY, frozenset()),
    "api_keys:read": (_ADMINS, frozenset()),
    "api_keys:write": (_ADMINS, frozenset()),
    "audit:read": (_ADMINS, frozenset()),
    "audit:export": (_ADMINS, frozenset()),
    "dead_letters:read": (_MEMBERS, frozenset()),
    "dead_letters:replay": (_ADMINS, frozenset()),
    "dead_letters:discard": (_ADMINS, frozenset()),
}

# Who may give or take which roles; an owner any, also the own one while another owner stays.
_GRANTS: Final[dict[Role, frozenset[Role]]] = {
    "OWNER": _EVERYBODY,
    "ADMIN": frozenset({"MEMBER", "VIEWER"}),
}


def may_grant(role: Role, granted: Role) -> bool:
    """Tell whether a member with this role may give, change or take the other one."""
    return granted in _GRANTS.get(role, _NOBODY)


def is_allowed_for_role(action: str, role: Role) -> bool:
    """Tell whether a member with this role may do it."""
    return role in TABLE[action][0] if action in TABLE else False


def is_allowed_for_scopes(action: str, scopes: Iterable[Scope]) -> bool:
    """Tell whether a key with these scopes may do it."""
    return bool(TABLE[action][1].intersection(scopes)) if action in TABLE else False
