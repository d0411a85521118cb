"""What was added is found as it was; what is taken or refers to nothing is refused whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.contracts.metadata.people import NOW_US, api_key, login_link, member, project, session, user
from tests.contracts.metadata.places import Place

from watchllm_server.stores.metadata.contract import AlreadyExists, DoesNotExist, MetadataStore

Change = Callable[[MetadataStore], Awaitable[object]]


def case(name: str, change: Change) -> Any:
    """Return a named change for `parametrize`."""
    return pytest.param(change, id=name)


async def seeded(store: MetadataStore) -> MetadataStore:
    """Add a user, a project and one of each credential."""
    await store.add_user(user(password_hash="$argon2id$…"))
    await store.add_project(project(description="Überweisung 付款 '--"), member())
    await store.add_api_key(api_key(expires_at_us=NOW_US + 5))
    await store.add_session(session())
    await store.add_login_link(login_link())
    return store


async def test_everything_is_found_as_it_was_added(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.find_user("user_ada") == user(password_hash="$argon2id$…")
    assert await store.find_project("proj_p") == project(description="Überweisung 付款 '--")
    assert await store.find_member("proj_p", "user_ada") == member()
    assert await store.find_api_key("k") == api_key(expires_at_us=NOW_US + 5)
    assert await store.find_api_key_by_hash("hash of k") == api_key(expires_at_us=NOW_US + 5)
    assert await store.find_session("s") == session()
    assert (await store.count_users(), await store.count_projects()) == (1, 1)


async def test_what_was_never_added_is_not_found(store: MetadataStore) -> None:
    await seeded(store)
    assert await store.find_user("user_bob") is None
    assert await store.find_user_by_email("bob@example.com") is None
    assert await store.find_project("proj_q") is None
    assert await store.find_member("proj_p", "user_bob") is None
    assert await store.find_api_key("K") is None
    assert await store.find_api_key_by_hash("HASH OF K") is None
    assert await store.find_session("S") is None
    assert await store.take_login_link("L", NOW_US) is None
    assert await store.list_projects("user_bob") == []
    assert await store.list_api_keys("proj_q") == []


async def test_everything_survives_closing_and_opening(place: Place) -> None:
    await seeded(await place.open())
    version = await (await place.open()).version()
    await place.close()
    again = await place.open()
    assert await again.version() == version
    assert await again.find_user("user_ada") == user(password_hash="$argon2id$…")
    assert await again.list_projects("user_ada") == [(project(description="Überweisung 付款 '--"), member())]
    assert await again.list_api_keys("proj_p") == [api_key(expires_at_us=NOW_US + 5)]
    assert await again.find_session("s") == session()
    assert await again.take_login_link("l", NOW_US) == login_link()


@pytest.mark.parametrize("given", ["ada@example.com", "ADA@example.com", "Ada@Example.COM"])
async def test_an_address_is_found_in_any_case(store: MetadataStore, given: str) -> None:
    await store.add_user(user(email="Ada@example.com"))
    assert await store.find_user_by_email(given) == user(email="Ada@example.com")


TAKEN: list[Any] = [
    case("user-id", lambda s: s.add_user(user(email="other@example.com"))),
    case("address-in-another-case", lambda s: s.add_user(user("bob", email="ADA@example.com"))),
    case("project-id", lambda s: s.add_project(project(description="other"), None)),
    case("member", lambda s: s.add_member(member(role="VIEWER"))),
    case("key-id", lambda s: s.add_api_key(api_key(key_hash="other"))),
    case("key-hash", lambda s: s.add_api_key(api_key("k2", key_hash="hash of k"))),
    case("session", lambda s: s.add_session(session())),
    case("login-link", lambda s: s.add_login_link(login_link())),
]


@pytest.mark.parametrize("change", TAKEN)
async def test_what_is_taken_is_refused_and_nothing_changes(store: MetadataStore, change: Change) -> None:
    await seeded(store)
    version = await store.version()
    with pytest.raises(AlreadyExists):
        await change(store)
    assert await store.version() == version
    assert (await store.count_users(), await store.count_projects()) == (1, 1)
    assert await store.find_user("user_ada") == user(password_hash="$argon2id$…")
    assert await store.find_member("proj_p", "user_ada") == member()
    assert await store.list_api_keys("proj_p") == [api_key(expires_at_us=NOW_US + 5)]


NOWHERE: list[Any] = [
    case("owner-of-a-project", lambda s: s.add_project(project("q"), member("q", "bob"))),
    case("member-without-user", lambda s: s.add_member(member("p", "bob"))),
    case("member-without-project", lambda s: s.add_member(member("q", "ada"))),
    case("key", lambda s: s.add_api_key(api_key("k2", of="q"))),
    case("session", lambda s: s.add_session(session("s2", of="bob"))),
    case("login-link", lambda s: s.add_login_link(login_link("l2", of="bob"))),
]


@pytest.mark.parametrize("change", NOWHERE)
async def test_what_refers_to_nothing_is_refused_and_nothing_changes(store: MetadataStore, change: Change) -> None:
    await seeded(store)
    version = await store.version()
    with pytest.raises(DoesNotExist):
        await change(store)
    assert await store.version() == version
    assert await store.find_project("proj_q") is None
    assert await store.list_projects("user_bob") == []
    assert await store.find_session("s2") is None
    assert await store.find_api_key("k2") is None


async def test_projects_of_a_user_come_by_name_and_only_those(store: MetadataStore) -> None:
    await store.add_user(user())
    await store.add_user(user("bob"))
    for name in ("b", "a", "c"):
        await store.add_project(project(name), member(name))
    await store.add_project(project("theirs"), member("theirs", "bob"))
    await store.add_member(member("c", "bob", "VIEWER"))
    assert [p.project_id for p, _ in await store.list_projects("user_ada")] == ["proj_a", "proj_b", "proj_c"]
    assert [(p.project_id, m.role) for p, m in await store.list_projects("user_bob")] == [
        ("proj_c", "VIEWER"), ("proj_theirs", "OWNER"),
    ]  # fmt: skip


async def test_keys_of_a_project_come_by_age_and_only_those(store: MetadataStore) -> None:
    for name in ("p", "q"):
        await store.add_project(project(name), None)
    await store.add_api_key(api_key("young", created_at_us=NOW_US + 1))
    await store.add_api_key(api_key("old"))
    await store.add_api_key(api_key("theirs", of="q"))
    assert [key.key_id for key in await store.list_api_keys("proj_p")] == ["old", "young"]


async def test_the_same_person_may_have_a_role_in_every_project(store: MetadataStore) -> None:
    await store.add_user(user())
    roles = ("OWNER", "ADMIN", "MEMBER", "VIEWER", "BILLING")
    for role in roles:
        await store.add_project(project(role), member(role, role=role))
    found = [await store.find_member(f"proj_{role}", "user_ada") for role in roles]
    assert [one and one.role for one in found] == list(roles)
