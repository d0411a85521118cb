"""Keys, sessions and links end when told, for every process at once, and the version says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.contracts.metadata.people import NOW_US, api_key, login_link, member, project, session, user
from tests.contracts.metadata.places import Place

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.redaction import OwnPattern, RedactionRules
from watchllm_server.stores.metadata.contract import LimitReached, MetadataStore

ENTRY = AuditEntry(
    at_us=NOW_US, project_id="proj_p", actor_kind="user", actor_id="user_ada", address="", action="api_keys:write",
    object_kind="api_key", object_id="k",
)  # fmt: skip
Change = Callable[[MetadataStore], Awaitable[object]]


def case(name: str, change: Change) -> Any:
    """Return a named change for `parametrize`."""
    return pytest.param(change, id=name)


async def with_people(store: MetadataStore) -> MetadataStore:
    for name in ("ada", "bob"):
        await store.add_user(user(name))
    await store.add_project(project(), member())
    return store


async def test_a_revoked_key_is_still_found_and_says_since_when(store: MetadataStore) -> None:
    await with_people(store)
    await store.add_api_key(api_key())
    await store.revoke_api_key("k", NOW_US + 1)
    await store.revoke_api_key("k", NOW_US + 2)
    for found in (await store.find_api_key("k"), await store.find_api_key_by_hash("hash of k")):
        assert found == api_key(revoked_at_us=NOW_US + 1)


async def test_there_are_never_more_keys_that_work_than_allowed(store: MetadataStore) -> None:
    await with_people(store)
    results = await asyncio.gather(
        *(store.add_api_key(api_key(f"k{n}"), most=2) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(each, LimitReached) for each in results) == 3
    held = [key.key_id for key in await store.list_api_keys("proj_p")]
    assert len(held) == 2
    # In the place of another there is room; that one expires, and so leaves room for one more.
    assert await store.rotate_api_key(held[0], NOW_US, api_key("new"), ENTRY, most=2)
    with pytest.raises(LimitReached):
        await store.rotate_api_key(held[0], NOW_US, api_key("newer"), ENTRY, most=2)
    assert {key.key_id for key in await store.list_api_keys("proj_p")} == {*held, "new"}
    await store.revoke_api_key(held[1], NOW_US)
    await store.add_api_key(api_key("last"), most=2)


async def test_a_link_is_good_for_its_purpose_alone(store: MetadataStore) -> None:
    await with_people(store)
    await store.add_login_link(login_link("in"))
    await store.add_login_link(login_link("new", purpose="reset"))
    assert await store.take_login_link("new", NOW_US) is None
    assert await store.take_login_link("in", NOW_US, "reset") is None
    assert await store.find_login_link("new", NOW_US, "login") is None
    assert (await store.find_login_link("new", NOW_US, "reset")) == login_link("new", purpose="reset")
    assert await store.find_login_link("new", NOW_US * 2, "reset") is None
    assert await store.take_login_link("new", NOW_US, "reset") is not None
    assert await store.find_login_link("new", NOW_US, "reset") is None
    assert await store.take_login_link("in", NOW_US) is not None


async def test_what_expired_before_a_session_began_is_forgotten(store: MetadataStore) -> None:
    await with_people(store)
    await store.add_session(session("old", expires_at_us=NOW_US))
    await store.add_session(session("young", expires_at_us=NOW_US + 2, created_at_us=NOW_US - 1))
    assert len(await store.list_sessions("user_ada")) == 2
    await store.add_session(session("new", created_at_us=NOW_US + 1, expires_at_us=NOW_US + 9))
    assert {each.session_hash for each in await store.list_sessions("user_ada")} == {
        session("young").session_hash, session("new").session_hash,
    }  # fmt: skip


async def test_a_renewed_hash_replaces_the_one_it_was_made_of_and_ends_nothing(store: MetadataStore) -> None:
    await with_people(store)
    await store.change_password("user_ada", "first", ENTRY)
    await store.add_session(session())
    await store.renew_password_hash("user_ada", "another", "wrong")
    await store.renew_password_hash("user_ada", "first", "second")
    found = await store.find_user("user_ada")
    assert found is not None
    assert found.password_hash == "second"
    assert len(await store.list_sessions("user_ada")) == 1


async def test_rules_of_redaction_are_those_set_last(store: MetadataStore) -> None:
    await with_people(store)
    assert await store.read_redaction("proj_p") == RedactionRules()
    before = await store.version()
    for rules in (RedactionRules(detectors=("email",)), RedactionRules(patterns=(OwnPattern("n", "p"),))):
        await store.set_redaction("proj_p", rules, ENTRY)
        assert await store.read_redaction("proj_p") == rules
    assert await store.version() > before
    assert await store.read_redaction("proj_q") == RedactionRules()


async def test_revoking_one_key_leaves_the_others(store: MetadataStore) -> None:
    await with_people(store)
    await store.add_api_key(api_key())
    await store.add_api_key(api_key("k2"))
    await store.revoke_api_key("k", NOW_US)
    await store.revoke_api_key("no such key", NOW_US)
    assert await store.find_api_key("k2") == api_key("k2")


async def test_a_session_is_seen_and_ends(store: MetadataStore) -> None:
    await with_people(store)
    await store.add_session(session())
    await store.touch_session("s", NOW_US + 50)
    found = await store.find_session("s")
    assert found is not None
    assert (found.last_seen_us, found.expires_at_us) == (NOW_US + 50, NOW_US + 100)
    await store.remove_session("s")
    await store.touch_session("s", NOW_US + 60)
    assert await store.find_session("s") is None


async def test_a_new_password_ends_every_session_and_link_of_that_user_alone(store: MetadataStore) -> None:
    await with_people(store)
    for name, of in (("s1", "ada"), ("s2", "ada"), ("s3", "bob")):
        await store.add_session(session(name, of))
        await store.add_login_link(login_link(name, of))
    await store.change_password("user_ada", "new hash")
    assert [bool(await store.find_session(name)) for name in ("s1", "s2", "s3")] == [False, False, True]
    links = [await store.take_login_link(name, NOW_US) for name in ("s1", "s2", "s3")]
    assert [bool(link) for link in links] == [False, False, True]
    assert await store.find_user("user_ada") == user(password_hash="new hash")
    assert await store.find_user("user_bob") == user("bob")


@pytest.mark.parametrize(
    ("at_us", "is_given"),
    [pytest.param(NOW_US + 99, True, id="just-before"), pytest.param(NOW_US + 100, False, id="at-its-end")],
)
async def test_a_link_is_given_until_its_end_and_once(store: MetadataStore, at_us: int, is_given: bool) -> None:
    await with_people(store)
    await store.add_login_link(login_link())
    taken = await store.take_login_link("l", at_us)
    assert taken == (login_link() if is_given else None)
    assert await store.take_login_link("l", NOW_US) is None


async def test_of_many_that_take_one_link_one_gets_it(place: Place) -> None:
    stores = [await place.open() for _ in range(4)]
    await with_people(stores[0])
    for at in range(10):
        await stores[0].add_login_link(login_link(f"l{at}"))
        taken = await asyncio.gather(*(store.take_login_link(f"l{at}", NOW_US) for store in stores * 2))
        assert [link for link in taken if link is not None] == [login_link(f"l{at}")]


MOVING: list[Any] = [
    case("add-member", lambda s: s.add_member(member(name="bob", role="VIEWER"))),
    case("add-key", lambda s: s.add_api_key(api_key("k2"))),
    case("revoke-key", lambda s: s.revoke_api_key("k", NOW_US)),
    case("remove-session", lambda s: s.remove_session("s")),
    case("change-password", lambda s: s.change_password("user_ada", "hash")),
]


@pytest.mark.parametrize("change", MOVING)
async def test_another_process_sees_the_version_grow_with_a_credential_or_role(place: Place, change: Change) -> None:
    store, other = await place.open(), await place.open()
    await with_people(store)
    await store.add_api_key(api_key())
    await store.add_session(session())
    before = await other.version()
    await change(store)
    assert await other.version() > before


async def test_being_seen_leaves_the_version(store: MetadataStore) -> None:
    await with_people(store)
    await store.add_session(session())
    before = await store.version()
    await store.touch_session("s", NOW_US + 1)
    assert await store.version() == before


async def test_a_change_by_one_process_is_what_another_reads_next(place: Place) -> None:
    store, other = await place.open(), await place.open()
    await with_people(store)
    await store.add_api_key(api_key())
    await store.add_session(session())
    assert await other.find_api_key("k") == api_key()
    await store.revoke_api_key("k", NOW_US)
    await store.remove_session("s")
    found = await other.find_api_key("k")
    assert found is not None
    assert found.revoked_at_us == NOW_US
    assert await other.find_session("s") is None
