"""Users, projects and credentials as the suite of the metadata store adds them."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.model.project import ApiKey, LinkPurpose, LoginLink, Member, Project, Role, Session, User

NOW_US: Final = 1_800_000_000 * 1_000_000


def user(name: str = "ada", **changes: Any) -> User:
    """Return a user without a password."""
    fields: dict[str, Any] = {"email": f"{name}@example.com", "name": name, "created_at_us": NOW_US, **changes}
    return User(user_id=f"user_{name}", **fields)


def project(name: str = "p", **changes: Any) -> Project:
    """Return a project."""
    fields: dict[str, Any] = {"name": name, "created_at_us": NOW_US, **changes}
    return Project(project_id=f"proj_{name}", **fields)


def member(of: str = "p", name: str = "ada", role: Role = "OWNER") -> Member:
    """Return the membership of a user in a project."""
    return Member(project_id=f"proj_{of}", user_id=f"user_{name}", role=role, created_at_us=NOW_US)


def api_key(name: str = "k", of: str = "p", **changes: Any) -> ApiKey:
    """Return a key with both scopes."""
    fields: dict[str, Any] = {
        "project_id": f"proj_{of}", "name": name, "key_hash": f"hash of {name}", "prefix": "wl_k…",
        "scopes": ("ingest", "read"), "created_at_us": NOW_US, **changes,
    }  # fmt: skip
    return ApiKey(key_id=name, **fields)


def session(name: str = "s", of: str = "ada", **changes: Any) -> Session:
    """Return a session of a user."""
    fields: dict[str, Any] = {
        "created_at_us": NOW_US, "last_seen_us": NOW_US, "expires_at_us": NOW_US + 100, **changes,
    }  # fmt: skip
    return Session(session_hash=name, user_id=f"user_{of}", **fields)


def login_link(
    name: str = "l", of: str = "ada", expires_at_us: int = NOW_US + 100, purpose: LinkPurpose = "login"
) -> LoginLink:
    """Return a link that signs a user in, or sets a password."""
    return LoginLink(
        link_hash=name, user_id=f"user_{of}", created_at_us=NOW_US, expires_at_us=expires_at_us, purpose=purpose
    )
