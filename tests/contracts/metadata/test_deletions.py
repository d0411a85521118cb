"""What is to be gone for good: kept until it is, and known to whoever must not store it again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.metadata.people import NOW_US, member, project, user

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.deletion import Deletion, Tombstones
from watchllm_server.stores.metadata.contract import AlreadyExists, DoesNotExist, MetadataStore

ENTRY = AuditEntry(
    at_us=NOW_US, project_id="proj_p", actor_kind="user", actor_id="user_ada", address="", action="traces:delete",
    object_kind="trace", object_id="t",
)  # fmt: skip


def deletion(name: str = "d", **changes: Any) -> Deletion:
    fields: dict[str, Any] = {
        "project_id": "proj_p", "kind": "trace", "subject": "t", "requested_by": "user_ada", "requested_at_us": NOW_US,
        "last_sequence": 7, **changes,
    }  # fmt: skip
    return Deletion(deletion_id=name, **fields)


async def seeded(store: MetadataStore) -> MetadataStore:
    await store.add_user(user())
    await store.add_project(project(), member())
    return store


async def test_a_deletion_is_unfinished_until_it_is_finished(store: MetadataStore) -> None:
    await seeded(store)
    await store.add_deletion(deletion(), ENTRY)
    await store.add_deletion(deletion("e", kind="end_user", subject="u", requested_at_us=NOW_US + 1), ENTRY)
    assert [d.deletion_id for d in await store.list_unfinished_deletions()] == ["d", "e"]
    assert await store.list_deletions("proj_p", limit=1) == [
        deletion("e", kind="end_user", subject="u", requested_at_us=NOW_US + 1)
    ]
    await store.mark_erased("d", NOW_US + 2)
    await store.mark_erased("d", NOW_US + 9)
    await store.mark_finished("d", NOW_US + 3)
    await store.mark_finished("d", NOW_US + 9)
    (left,) = await store.list_unfinished_deletions()
    assert (left.deletion_id, left.state) == ("e", "requested")
    first = (await store.list_deletions("proj_p", limit=9))[1]
    assert (first.erased_at_us, first.finished_at_us, first.state) == (NOW_US + 2, NOW_US + 3, "finished")
    assert len(await store.list_audit("proj_p", before=None, limit=9)) == 2
    assert await store.list_deletions("proj_other", limit=9) == []


async def test_tombstones_are_of_traces_since_a_time_and_of_projects_for_ever(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.read_tombstones(0) == Tombstones()
    before = await store.version()
    await store.add_deletion(deletion("old", subject="t0", requested_at_us=5), ENTRY)
    assert await store.version() > before
    await store.add_deletion(deletion("new", subject="t1"), ENTRY)
    await store.add_deletion(deletion("user", kind="end_user", subject="u"), ENTRY)
    await store.add_deletion(deletion("all", kind="project", subject="", requested_at_us=1), ENTRY)
    found = await store.read_tombstones(6)
    assert found == Tombstones(traces=frozenset({("proj_p", "t1")}), projects=frozenset({"proj_p"}))
    assert found.cover("proj_p", "any")
    assert not found.cover("proj_q", "t1")
    with pytest.raises(AlreadyExists):
        await store.add_deletion(deletion("again", kind="project", subject=""), ENTRY)
    with pytest.raises(DoesNotExist):
        await store.add_deletion(deletion("nobody", project_id="proj_nobody"), ENTRY)


async def test_a_project_whose_time_has_passed_is_found_once_and_forgotten(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.list_expired_projects(NOW_US * 2) == []
    await store.delete_project("proj_p", NOW_US, ENTRY)
    assert await store.list_expired_projects(NOW_US - 1) == []
    assert await store.list_expired_projects(NOW_US) == ["proj_p"]
    await store.add_deletion(deletion(), ENTRY)
    await store.add_deletion(deletion("all", kind="project", subject=""), ENTRY)
    assert await store.list_expired_projects(NOW_US) == []
    await store.erase_project("proj_p")
    gone = await store.find_project("proj_p")
    assert gone is not None
    assert (gone.name, gone.description) == ("", "")
    assert await store.list_members("proj_p") == []
    assert await store.list_projects("user_ada", is_deleted=True) == []
    assert [d.kind for d in await store.list_deletions("proj_p", limit=9)] == ["project"]
    with pytest.raises(AlreadyExists):
        await store.add_project(project(), None)


async def test_a_project_that_is_there_is_not_forgotten(store: MetadataStore) -> None:
    await seeded(store)
    await store.erase_project("proj_p")
    assert (await store.find_project("proj_p")) == project()
    assert len(await store.list_members("proj_p")) == 1
