"""Invites: one for each address and project, used by one acceptance, whole or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.contracts.metadata.people import NOW_US, member, project, user

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Invite
from watchllm_server.stores.metadata.contract import AlreadyExists, MetadataStore

ENTRY = AuditEntry(
    at_us=NOW_US, project_id="proj_p", actor_kind="user", actor_id="user_ada", address="", action="members:invite",
    object_kind="invite", object_id="i",
)  # fmt: skip


def invite(name: str = "i", **changes: Any) -> Invite:
    """Return an invite of Bob to the project."""
    fields: dict[str, Any] = {
        "project_id": "proj_p", "email": "bob@example.com", "role": "VIEWER", "token_hash": f"hash of {name}",
        "invited_by": "user_ada", "created_at_us": NOW_US, "expires_at_us": NOW_US + 10, **changes,
    }  # fmt: skip
    return Invite(invite_id=name, **fields)


async def seeded(store: MetadataStore) -> MetadataStore:
    """Add a project with its owner, and an invite."""
    await store.add_user(user())
    await store.add_project(project(), member())
    await store.add_invite(invite(), ENTRY)
    return store


async def test_an_invite_is_found_by_its_hash_until_it_expires(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.find_invite("hash of i", NOW_US) == invite()
    assert await store.find_invite("hash of i", NOW_US + 10) is None
    assert await store.find_invite("hash of j", NOW_US) is None
    assert await store.list_invites("proj_p", NOW_US) == [invite()]
    assert await store.list_invites("proj_p", NOW_US + 10) == []


async def test_another_invite_of_the_address_takes_its_place(store: MetadataStore) -> None:
    await seeded(store)
    second = invite("j", email="BOB@example.com", role="MEMBER")
    await store.add_invite(second, ENTRY)
    assert await store.list_invites("proj_p", NOW_US) == [second]
    assert await store.find_invite("hash of i", NOW_US) is None


async def test_accepting_adds_user_and_member_once(store: MetadataStore) -> None:
    await seeded(store)
    joined = member(name="bob", role="VIEWER")
    tries = (store.accept_invite(invite(), user("bob"), joined, ENTRY) for _ in range(3))
    assert sorted(await asyncio.gather(*tries)) == [False, False, True]
    assert await store.find_user("user_bob") == user("bob")
    assert await store.find_member("proj_p", "user_bob") == joined
    assert await store.list_invites("proj_p", NOW_US) == []
    assert len(await store.list_audit("proj_p", before=None, limit=10)) == 2


async def test_one_with_an_account_stays_as_it_is(store: MetadataStore) -> None:
    await seeded(store)
    await store.add_user(user("bob", password_hash="theirs"))
    assert await store.accept_invite(invite(), user("bob"), member(name="bob", role="VIEWER"), ENTRY)
    assert await store.find_user("user_bob") == user("bob", password_hash="theirs")


async def test_what_cannot_be_accepted_leaves_the_invite(store: MetadataStore) -> None:
    await seeded(store)
    await store.add_user(user("carl", email="bob@example.com"))
    with pytest.raises(AlreadyExists):
        await store.accept_invite(invite(), user("bob"), member(name="bob"), ENTRY)
    with pytest.raises(AlreadyExists):
        await store.accept_invite(invite(), user(), member(), ENTRY)
    assert await store.list_invites("proj_p", NOW_US) == [invite()]
    assert await store.find_user("user_bob") is None


async def test_one_taken_back_or_of_a_deleted_project_is_none(store: MetadataStore) -> None:
    await seeded(store)
    assert not await store.remove_invite("proj_q", "i", ENTRY)
    await store.delete_project("proj_p", NOW_US, ENTRY)
    assert await store.find_invite("hash of i", NOW_US) is None
    assert not await store.accept_invite(invite(), user("bob"), member(name="bob"), ENTRY)
    await store.restore_project("proj_p", NOW_US - 1, ENTRY)
    assert await store.remove_invite("proj_p", "i", ENTRY)
    assert not await store.accept_invite(invite(), user("bob"), member(name="bob"), ENTRY)
