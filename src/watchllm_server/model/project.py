"""People, projects and credentials as plain data."""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["OWNER", "ADMIN", "MEMBER", "VIEWER", "BILLING"]
LinkPurpose = Literal["login", "reset"]
Scope = Literal["ingest", "read", "prompts"]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account here. `password_hash` is empty until a password is set."""

    user_id: str
    email: str
    name: str
    created_at_us: int
    password_hash: str = ""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant boundary; every row belongs to exactly one."""

    project_id: str
    name: str
    created_at_us: int
    description: str = ""
    # A deleted project is none for everybody; its owners may restore it for a while.
    deleted_at_us: int | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user with a role in a project."""

    project_id: str
    user_id: str
    role: Role
    created_at_us: int


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's credential. The key itself is never stored, only its keyed hash."""

    key_id: str
    project_id: str
    name: str
    key_hash: str
    # What may be shown later, such as `wl_3f…`, so that a person can tell keys apart.
    prefix: str
    scopes: tuple[Scope, ...]
    created_at_us: int
    # The user who made it, "" for the first start.
    created_by: str = ""
    expires_at_us: int | None = None
    revoked_at_us: int | None = None
    # To the minute: writing each use would make each request a write.
    last_used_us: int | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `session_hash` is the keyed hash of the cookie's value."""

    session_hash: str
    user_id: str
    created_at_us: int
    last_seen_us: int
    expires_at_us: int


class LoginLink(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time way in, or a way to set a new password. Used once, or expired, it is gone."""

    link_hash: str
    user_id: str
    created_at_us: int
    expires_at_us: int
    purpose: LinkPurpose = "login"


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """A way into a project for one e-mail address. Accepted, taken back or expired, it is gone."""

    invite_id: str
    project_id: str
    email: str
    role: Role
    token_hash: str
    invited_by: str
    created_at_us: int
    expires_at_us: int
