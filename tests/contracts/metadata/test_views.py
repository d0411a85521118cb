"""Saved views: each user's own in each project, under names that are taken once, and no more than allowed."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.contracts.metadata.people import NOW_US, member, project, user
from tests.contracts.metadata.places import Place

from watchllm_server.model.view import SavedView
from watchllm_server.stores.metadata.contract import AlreadyExists, DoesNotExist, LimitReached, MetadataStore

MOST = 5


def view(name: str = "v", of: str = "ada", **changes: Any) -> SavedView:
    """Return a view of the page of traces."""
    fields: dict[str, Any] = {
        "view_id": f"view_{name}_{of}", "project_id": "proj_p", "page": "traces", "query": '{"q": "付款 \'"}',
        "created_at_us": NOW_US, "changed_at_us": NOW_US, **changes,
    }  # fmt: skip
    return SavedView(name=name, user_id=f"user_{of}", **fields)


@pytest.fixture
async def people(store: MetadataStore) -> MetadataStore:
    for name in ("ada", "bob"):
        await store.add_user(user(name))
    await store.add_project(project(), member())
    await store.add_project(project("q"), None)
    await store.add_member(member(name="bob", role="VIEWER"))
    return store


async def test_views_are_found_as_they_were_added_by_page_and_name(people: MetadataStore) -> None:
    added = [view("b"), view("a"), view("c", page="dashboard")]
    for one in added:
        await people.add_view(one, MOST)
    assert await people.list_views("proj_p", "user_ada", None) == [added[2], added[1], added[0]]
    assert await people.list_views("proj_p", "user_ada", "traces") == [added[1], added[0]]
    assert await people.list_views("proj_p", "user_ada", "events") == []
    assert await people.find_view("proj_p", "user_ada", added[0].view_id) == added[0]


async def test_views_of_others_are_none(people: MetadataStore) -> None:
    mine = view()
    await people.add_view(mine, MOST)
    await people.add_view(view(of="bob"), MOST)
    await people.add_view(view(project_id="proj_q", view_id="view_q"), MOST)
    for project_id, user_id in (("proj_p", "user_bob"), ("proj_q", "user_ada")):
        assert await people.find_view(project_id, user_id, mine.view_id) is None
        assert not await people.remove_view(project_id, user_id, mine.view_id)
        assert not await people.change_view(
            msgspec.structs.replace(mine, project_id=project_id, user_id=user_id, name="taken over")
        )
    assert await people.list_views("proj_p", "user_ada", None) == [mine]


async def test_a_change_sets_name_query_and_time_alone(people: MetadataStore) -> None:
    await people.add_view(view(), MOST)
    changed = msgspec.structs.replace(view(), name="new", query="{}", changed_at_us=NOW_US + 1)
    assert await people.change_view(msgspec.structs.replace(changed, page="events", created_at_us=0))
    assert await people.list_views("proj_p", "user_ada", None) == [changed]
    assert await people.remove_view("proj_p", "user_ada", changed.view_id)
    assert await people.list_views("proj_p", "user_ada", None) == []
    assert not await people.remove_view("proj_p", "user_ada", changed.view_id)
    assert not await people.change_view(changed)


async def test_a_name_is_taken_once_for_each_owner_project_and_page(people: MetadataStore) -> None:
    await people.add_view(view(), MOST)
    await people.add_view(view("other"), MOST)
    with pytest.raises(AlreadyExists):
        await people.add_view(view(view_id="again"), MOST)
    with pytest.raises(AlreadyExists):
        await people.change_view(msgspec.structs.replace(view("other"), name="v"))
    for elsewhere in (
        view(of="bob"),
        view(page="dashboard", view_id="a"),
        view(project_id="proj_q", view_id="b"),
        view("V", view_id="c"),
    ):
        await people.add_view(elsewhere, MOST)
    assert len(await people.list_views("proj_p", "user_ada", None)) == 4


@pytest.mark.parametrize("changes", [{"project_id": "proj_none"}, {"of": "none"}])
async def test_a_view_of_nobody_or_nothing_is_refused(people: MetadataStore, changes: dict[str, Any]) -> None:
    with pytest.raises(DoesNotExist):
        await people.add_view(view(**changes), MOST)


async def test_there_are_no_more_than_allowed_also_when_added_at_once(people: MetadataStore, place: Place) -> None:
    other = await place.open()
    await people.add_view(view("full", of="bob"), 1)
    stores = (people, other)
    answers = await asyncio.gather(
        *(stores[at % 2].add_view(view(f"v{at}"), MOST) for at in range(12)), return_exceptions=True
    )
    refused = [answer for answer in answers if answer is not None]
    assert len(refused) == 12 - MOST
    assert all(isinstance(answer, LimitReached) for answer in refused)
    assert len(await people.list_views("proj_p", "user_ada", None)) == MOST


async def test_views_survive_closing_and_opening_and_change_no_right(people: MetadataStore, place: Place) -> None:
    version = await people.version()
    await people.add_view(view(), MOST)
    assert await people.version() == version
    await place.close()
    again = await place.open()
    assert await again.list_views("proj_p", "user_ada", None) == [view()]
