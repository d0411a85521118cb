"""Adds people, projects and keys to a running server, by its metadata store: another process that shares it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from tests.running import Server

from watchllm_server.clock import SystemClock
from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import ApiKey, LoginLink, Member, Project, Role, Scope, Session, User
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.security.passwords import hash_password
from watchllm_server.security.tokens import keyed_hash, new_api_key
from watchllm_server.settings import load_settings
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.wiring.stores import open_metadata

T = TypeVar("T")
ROLES: Final[tuple[Role, ...]] = ("OWNER", "ADMIN", "MEMBER", "VIEWER", "BILLING")
SECOND_US: Final = 1_000_000


class Tenants:
    """What only an administrator could do through the API."""

    def __init__(self, server: Server) -> None:
        self._settings = load_settings(data_dir=server.data_dir)
        self._pepper = load_server_keys(server.data_dir).pepper
        self.now_us = SystemClock().now_us

    def change(self, operation: Callable[[MetadataStore], Awaitable[T]]) -> T:
        """Open the store, do it, and close the store."""

        async def run() -> T:
            store = await open_metadata(self._settings)
            try:
                return await operation(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def add_project(self, *, is_deleted: bool = False) -> str:
        """Add a project without members; returns its id."""
        project_id = f"proj_{secrets.token_hex(5)}"
        project = Project(project_id=project_id, name=f"secret name of {project_id}", created_at_us=self.now_us())
        self.change(lambda store: store.add_project(project, None))
        if is_deleted:
            at_us = self.now_us()
            entry = AuditEntry(
                at_us=at_us, project_id=project_id, actor_kind="operator", actor_id="", address="",
                action="project:delete", object_kind="project", object_id=project_id,
            )  # fmt: skip
            self.change(lambda store: store.delete_project(project_id, at_us, entry))
        return project_id

    def add_key(self, project_id: str, *scopes: Scope, **changes: Any) -> str:
        """Add a key of the project; returns it."""
        key_id, key = new_api_key()
        fields: dict[str, Any] = {"expires_at_us": None, "created_at_us": self.now_us(), **changes}
        added = ApiKey(
            key_id=key_id, project_id=project_id, name="key", key_hash=keyed_hash(self._pepper, key), prefix="wl_…",
            scopes=scopes, **fields,
        )  # fmt: skip
        self.change(lambda store: store.add_api_key(added))
        return key

    def add_user(self, password: str = "") -> User:
        """Add a user with an address of its own."""
        name = secrets.token_hex(5)
        hashed = asyncio.run(hash_password(password)) if password else ""
        user = User(
            user_id=f"user_{name}", email=f"{name}@example.com", name=name, created_at_us=self.now_us(),
            password_hash=hashed,
        )  # fmt: skip
        self.change(lambda store: store.add_user(user))
        return user

    def add_member(self, project_id: str, user_id: str, role: Role) -> None:
        """Give the user a role."""
        member = Member(project_id=project_id, user_id=user_id, role=role, created_at_us=self.now_us())
        self.change(lambda store: store.add_member(member))

    def add_session(self, user_id: str, *, seen_s: float = 0, lasts_s: float = 3600) -> str:
        """Sign the user in, last seen `seen_s` ago; returns the cookie's value."""
        token, now_us = secrets.token_urlsafe(32), self.now_us()
        session = Session(
            session_hash=keyed_hash(self._pepper, token), user_id=user_id, created_at_us=now_us,
            last_seen_us=now_us - int(seen_s * SECOND_US), expires_at_us=now_us + int(lasts_s * SECOND_US),
        )  # fmt: skip
        self.change(lambda store: store.add_session(session))
        return token

    def add_link(self, user_id: str, *, lasts_s: float = 900) -> str:
        """Add a one-time login link; returns its token."""
        token, now_us = secrets.token_urlsafe(32), self.now_us()
        link = LoginLink(
            link_hash=keyed_hash(self._pepper, token), user_id=user_id, created_at_us=now_us,
            expires_at_us=now_us + int(lasts_s * SECOND_US),
        )  # fmt: skip
        self.change(lambda store: store.add_login_link(link))
        return token

    def find_session(self, token: str) -> Session | None:
        """Return what is stored of a cookie's value."""
        return self.change(lambda store: store.find_session(keyed_hash(self._pepper, token)))
