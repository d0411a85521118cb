"""What whoever runs the server may do to accounts: list them, make one, and take a lost password away."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from watchllm_server.bootstrap import new_login_link
from watchllm_server.clock import SystemClock
from watchllm_server.errors import SettingsError
from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.project import User
from watchllm_server.roles.login_link import link_of
from watchllm_server.security.audit import first_broken
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.settings import Settings
from watchllm_server.stores.metadata.contract import AlreadyExists, MetadataStore
from watchllm_server.wiring.stores import open_metadata

_PAGE: Final = 1_000


async def list_users(settings: Settings) -> list[str]:
    """Return one line for each account: address, id, and its projects with the role in each."""
    async with _store(settings) as store:
        lines: list[str] = []
        for user in await store.list_users():
            mine = [f"{project.name} ({member.role})" for project, member in await store.list_projects(user.user_id)]
            lines.append(f"{user.email}  {user.user_id}  {', '.join(mine) or 'no project'}")
        return lines


async def create_user(settings: Settings, email: str, name: str) -> str:
    """Make an account without a password; returns a one-time link that signs in.

    Raises SettingsError when the address is none, or has an account.
    """
    name, host = name or email.partition("@")[0], email.partition("@")[2]
    if not name or not host or any(sign.isspace() for sign in email):
        raise SettingsError(f"{email!r} is no e-mail address")
    user = User(user_id=new_object_id("user"), email=email, name=name, created_at_us=SystemClock().now_us())
    async with _store(settings) as store:
        try:
            await store.add_user(user, _entry("users:create", user))
        except AlreadyExists:
            raise SettingsError(f"{email} has an account already") from None
        return await _link(settings, store, user)


async def reset_password(settings: Settings, email: str) -> str:
    """Take the password away and end every session; returns a one-time link, after which a new one can be set.

    Raises SettingsError when nobody has this address.
    """
    async with _store(settings) as store:
        user = await store.find_user_by_email(email)
        if user is None:
            raise SettingsError(f"nobody has the address {email}; `watchllm admin list` says who there is")
        await store.change_password(user.user_id, "", _entry("users:reset_password", user))
        return await _link(settings, store, user)


async def audit_lines(settings: Settings, project_id: str) -> tuple[list[str], bool]:
    """Return the rows of an audit log, "" for that of the server, and whether its chain is whole."""
    async with _store(settings) as store:
        rows: list[AuditRow] = []
        before: int | None = None
        while page := await store.list_audit(project_id, before=before, limit=_PAGE):
            rows += page
            before = page[-1].number
    rows.reverse()
    lines = [
        msgspec.json.encode({"number": row.number, **msgspec.to_builtins(row.entry), "hash": row.hash}).decode()
        for row in rows
    ]
    return lines, first_broken(rows) is None


async def _link(settings: Settings, store: MetadataStore, user: User) -> str:
    pepper = load_server_keys(settings.data_dir).pepper
    return link_of(settings, await new_login_link(settings, store, SystemClock(), pepper, user.user_id))


def _entry(action: str, user: User) -> AuditEntry:
    return AuditEntry(
        at_us=SystemClock().now_us(),
        project_id="",
        actor_kind="operator",
        actor_id="",
        address="",
        action=action,
        object_kind="user",
        object_id=user.user_id,
        after={"email": user.email},
    )


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[MetadataStore]:
    store = await open_metadata(settings)
    try:
        yield store
    finally:
        await store.close()
