"""Projects that are changed, deleted and restored, members, rotated keys, and the row of the audit log beside each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.contracts.metadata.people import NOW_US, api_key, member, project, user

from watchllm_server.model.audit import AuditEntry
from watchllm_server.security.audit import first_broken
from watchllm_server.stores.metadata.contract import AlreadyExists, LastOwner, MetadataStore


def entry(action: str = "project:change", **changes: Any) -> AuditEntry:
    said: dict[str, Any] = {
        "at_us": NOW_US, "project_id": "proj_p", "actor_kind": "user", "actor_id": "user_ada", "address": "127.0.0.1",
        "action": action, "object_kind": "project", "object_id": "proj_p", **changes,
    }  # fmt: skip
    return AuditEntry(**said)


async def seeded(store: MetadataStore) -> MetadataStore:
    """Add two people, a project that one of them owns, and a key."""
    await store.add_user(user())
    await store.add_user(user("bob"))
    await store.add_project(project(), member())
    await store.add_api_key(api_key())
    return store


async def actions(store: MetadataStore, project_id: str = "proj_p") -> list[str]:
    """Return what the log says, the oldest first, after looking at its chain."""
    rows = (await store.list_audit(project_id, before=None, limit=1_000))[::-1]
    assert first_broken(rows) is None
    return [row.entry.action for row in rows]


async def test_a_changed_project_is_as_it_was_changed(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.change_project("proj_p", "new", "why", entry())
    found = await store.find_project("proj_p")
    assert found is not None
    assert (found.name, found.description) == ("new", "why")
    assert not await store.change_project("proj_q", "new", "why", entry())
    assert await actions(store) == ["project:change"]


async def test_a_deleted_project_has_no_members_and_no_keys_until_it_is_restored(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.delete_project("proj_p", NOW_US, entry("project:delete"))
    assert not await store.delete_project("proj_p", NOW_US, entry("project:delete"))
    assert await store.find_member("proj_p", "user_ada") is None
    assert await store.find_member("proj_p", "user_ada", is_deleted=True) == member()
    assert await store.list_projects("user_ada") == []
    assert [one.project_id for one, _ in await store.list_projects("user_ada", is_deleted=True)] == ["proj_p"]
    assert await store.find_api_key("k") is None
    assert await store.find_api_key_by_hash("hash of k") is None
    assert not await store.change_project("proj_p", "new", "", entry())
    with pytest.raises(AlreadyExists):
        await store.add_project(project(), None)
    assert not await store.restore_project("proj_p", NOW_US, entry("project:restore"))
    assert await store.restore_project("proj_p", NOW_US - 1, entry("project:restore"))
    assert await store.find_member("proj_p", "user_ada") == member()
    assert await store.find_api_key("k") == api_key()
    assert await actions(store) == ["project:delete", "project:restore"]


async def test_the_last_owner_stays(store: MetadataStore) -> None:
    await seeded(store)
    await store.add_member(member(name="bob", role="VIEWER"))
    with pytest.raises(LastOwner):
        await store.change_role("proj_p", "user_ada", "ADMIN", entry("members:change"))
    with pytest.raises(LastOwner):
        await store.remove_member("proj_p", "user_ada", entry("members:remove"))
    assert await actions(store) == []
    assert await store.change_role("proj_p", "user_bob", "OWNER", entry("members:change"))
    assert await store.remove_member("proj_p", "user_ada", entry("members:remove"))
    assert [(one.role, who.email) for one, who in await store.list_members("proj_p")] == [("OWNER", "bob@example.com")]
    assert await actions(store) == ["members:change", "members:remove"]


async def test_of_two_owners_who_leave_at_once_one_stays(store: MetadataStore) -> None:
    await seeded(store)
    await store.add_member(member(name="bob"))
    leaving = (store.remove_member("proj_p", who, entry("members:remove")) for who in ("user_ada", "user_bob"))
    outcomes = await asyncio.gather(*leaving, return_exceptions=True)
    assert outcomes.count(True) == 1
    assert [type(one) for one in outcomes if one is not True] == [LastOwner]
    assert len(await store.list_members("proj_p")) == 1


async def test_members_are_listed_without_their_passwords(store: MetadataStore) -> None:
    await store.add_user(user(password_hash="$argon2id$…"))
    await store.add_project(project(), member())
    ((_, who),) = await store.list_members("proj_p")
    assert who.password_hash == ""


async def test_a_rotated_key_works_on_until_its_new_end_and_no_longer_than_its_own(store: MetadataStore) -> None:
    await seeded(store)
    second, third = (api_key(name) for name in ("k2", "k3"))
    assert await store.rotate_api_key("k", NOW_US + 10, second, entry("api_keys:write"))
    assert await store.rotate_api_key("k", NOW_US + 99, third, entry("api_keys:write"))
    old = await store.find_api_key("k")
    assert old is not None
    assert old.expires_at_us == NOW_US + 10
    assert await store.find_api_key("k2") == second


async def test_nothing_is_made_beside_a_key_that_is_revoked_or_of_another_project(store: MetadataStore) -> None:
    await seeded(store)
    await store.add_project(project("q"), None)
    other = api_key("k2", "q")
    assert not await store.rotate_api_key("k", NOW_US, other, entry("api_keys:write"))
    assert await store.revoke_api_key("k", NOW_US, entry("api_keys:write"))
    assert not await store.revoke_api_key("k", NOW_US, entry("api_keys:write"))
    mine = api_key("k2")
    assert not await store.rotate_api_key("k", NOW_US, mine, entry("api_keys:write"))
    assert await store.find_api_key("k2") is None
    assert await actions(store) == ["api_keys:write"]


async def test_being_used_moves_no_version(store: MetadataStore) -> None:
    await seeded(store)
    version = await store.version()
    await store.touch_api_key("k", NOW_US + 7)
    assert await store.find_api_key("k") == api_key(last_used_us=NOW_US + 7)
    assert await store.version() == version


async def test_a_refused_change_leaves_no_row(store: MetadataStore) -> None:
    await seeded(store)
    with pytest.raises(AlreadyExists):
        await store.add_api_key(api_key(), entry("api_keys:write"))
    assert await actions(store) == []


async def test_the_log_is_one_chain_for_each_project_and_comes_in_pages(store: MetadataStore) -> None:
    await seeded(store)
    rows = [store.add_audit(entry(f"action {n}")) for n in range(20)]
    await asyncio.gather(*rows, store.add_audit(entry("elsewhere", project_id="proj_q")))
    assert sorted(await actions(store)) == sorted(f"action {n}" for n in range(20))
    assert await actions(store, "proj_q") == ["elsewhere"]
    newest = await store.list_audit("proj_p", before=None, limit=3)
    assert [row.number for row in newest] == [20, 19, 18]
    assert [row.number for row in await store.list_audit("proj_p", before=18, limit=2)] == [17, 16]


async def test_a_row_that_is_changed_or_gone_breaks_the_chain(store: MetadataStore) -> None:
    await seeded(store)
    for n in range(5):
        await store.add_audit(entry(f"action {n}", before={"n": n}, after={"names": ["ä", None]}))
    rows = (await store.list_audit("proj_p", before=None, limit=10))[::-1]
    assert first_broken(rows) is None
    assert first_broken(rows[:2] + rows[3:]) == 3
    assert first_broken(rows[1:]) == 1
    changed = [*rows]
    changed[3] = type(rows[3])(number=4, entry=entry("another"), hash=rows[3].hash)
    assert first_broken(changed) == 4
