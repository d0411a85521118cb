"""The log of changes in MongoDB: a kill anywhere leaves nothing half made, and who comes late changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
import pytest
from tests.contracts.metadata.people import NOW_US, api_key, login_link, member, project, session, user
from tests.contracts.metadata.places import Place, mongo_place

from watchllm_server.errors import SettingsError
from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.redaction import OwnPattern, RedactionRules
from watchllm_server.security.audit import first_broken
from watchllm_server.stores.metadata.contract import AlreadyExists, MetadataStore
from watchllm_server.stores.metadata.mongo_changes import (
    Change,
    Draft,
    Operation,
    change_document,
    change_of,
    id_of,
    next_row,
    row_of,
)
from watchllm_server.stores.metadata.mongo_collections import CHANGES, fields_of
from watchllm_server.stores.metadata.mongo_commit import apply, commit
from watchllm_server.stores.metadata.mongo_members import draft_member
from watchllm_server.stores.metadata.mongo_server import Document, MongoServer

pytestmark = pytest.mark.timeout(1_200)  # as in places.py: the first run builds the server

ENTRY = AuditEntry(
    at_us=NOW_US, project_id="proj_p", actor_kind="user", actor_id="user_ada", address="", action="project:write",
    object_kind="project", object_id="proj_p",
)  # fmt: skip
# What is a name of a field, an operator or a path to somebody, and to us a text.
ODD = ("$where", "$gt", "a.b", ".", "__proto__", "constructor", "a\0b", '{"$ne": null}', '["a","b"]', "付款 'ä")


@dataclass
class Database:
    """A store, and the server below it as another process sees it."""

    place: Place
    store: MetadataStore
    server: MongoServer

    async def changes(self) -> list[Document]:
        return await self.server.find(CHANGES, {}, order=(("_id", 1),))

    async def next_document(self, draft: Draft, *, mark: str = "by hand") -> Document:
        """Return the document of the change that would come next, with a row of the audit log."""
        last = (await self.changes())[-1]
        rows = [row_of(one) for one in await self.changes() if one.get("chain") == "proj_p"]
        change = Change(
            number=change_of(last).number + 1, mark=mark, version=last["version"] + 1, operations=draft.operations()
        )
        return change_document(change, next_row(rows[-1] if rows else None, ENTRY))


@pytest.fixture
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    place = mongo_place(request.getfixturevalue("tmp_path"), request)
    server = await MongoServer.connect(place.url)
    yield Database(place, await place.open(), server)
    await server.close()
    await place.close()


def project_with_owner() -> Draft:
    """Return a change of three documents."""
    draft = Draft()
    draft.put("projects", "proj_p", fields_of(project()))
    draft_member(draft, member())
    draft.set("users", "user_ada", password_hash="hashed")
    return draft


@pytest.mark.parametrize("applied", [0, 1, 2, 3])
async def test_a_change_whose_maker_was_killed_is_whole_for_the_next_reader(database: Database, applied: int) -> None:
    await database.store.add_user(user())
    document = await database.next_document(project_with_owner())
    assert await commit(database.server, document)
    # As far as the maker came before it was killed.
    for operation in change_of(document).operations[:applied]:
        await apply_one(database.server, change_of(document), operation.collection)
    version = await database.store.version()
    other = await database.place.open()
    for store in (database.store, other):
        assert await store.find_project("proj_p") == project()
        assert await store.find_member("proj_p", "user_ada") == member()
        assert await store.find_user("user_ada") == user(password_hash="hashed")
        assert await store.version() == version == 2
        assert [row.number for row in await store.list_audit("proj_p", before=None, limit=9)] == [1]


async def apply_one(server: MongoServer, change: Change, collection: str) -> None:
    """Do one operation of a change, and leave the change as it is."""
    committed = await server.get(CHANGES, id_of(change.number))
    assert committed is not None
    alone = [operation for operation in change.operations if operation.collection == collection]
    await apply(server, Change(number=change.number, mark=change.mark, version=change.version, operations=alone))
    assert await server.replace(CHANGES, {"_id": committed["_id"]}, committed)


async def test_an_opening_repairs_what_was_left(database: Database) -> None:
    await database.store.add_user(user())
    assert await commit(database.server, await database.next_document(project_with_owner()))
    await database.place.close()
    again = await database.place.open()
    assert await again.list_projects("user_ada") == [(project(), member())]


async def test_a_change_after_one_that_was_left_is_made_on_top_of_it(database: Database) -> None:
    await database.store.add_user(user())
    assert await commit(database.server, await database.next_document(project_with_owner()))
    with pytest.raises(AlreadyExists):
        await database.store.add_project(project(), None)
    assert await database.store.change_project("proj_p", "new", "", ENTRY)
    rows = await database.store.list_audit("proj_p", before=None, limit=9)
    assert [row.number for row in rows] == [2, 1]
    assert first_broken(rows[::-1]) is None


async def test_of_changes_under_one_number_one_is_committed_and_knows_itself_again(database: Database) -> None:
    await database.store.add_user(user())
    first = await database.next_document(project_with_owner())
    second = await database.next_document(project_with_owner(), mark="another")
    assert sorted(await asyncio.gather(*(commit(database.server, one) for one in (first, second)))) == [False, True]
    winner = (await database.changes())[-1]["mark"]
    # As after an answer that was lost with its connection.
    assert await commit(database.server, first) == (winner == "by hand")
    assert await commit(database.server, second) == (winner == "another")


async def test_changes_of_two_openings_at_once_are_all_made_in_one_order(database: Database) -> None:
    other = await database.place.open()
    await database.store.add_project(project(), None)
    names = [f"u{at}" for at in range(20)]
    await asyncio.gather(
        *((database.store, other)[at % 2].add_user(user(name), ENTRY) for at, name in enumerate(names))
    )
    assert {one.name for one in await other.list_users()} == set(names)
    assert [change_of(one).number for one in await database.changes()] == list(range(1, 22))
    rows = (await other.list_audit("proj_p", before=None, limit=99))[::-1]
    assert len(rows) == 20
    assert first_broken(rows) is None


def put(collection: str, document_id: str, fields: Document) -> Operation:
    return Operation(kind="put", collection=collection, id=document_id, fields=fields)


async def test_a_change_that_is_applied_again_and_late_does_nothing(database: Database) -> None:
    store = database.store
    late: list[Change] = []

    async def remember(*operations: Operation) -> None:
        """Note the last change as a process knows it that stalled before it applied it."""
        late.append(msgspec.structs.replace(change_of((await database.changes())[-1]), operations=list(operations)))

    await store.add_user(user())
    await remember(put("users", "user_ada", fields_of(user(), unique="ada@example.com")))
    await store.add_project(project(), None)
    await remember(put("projects", "proj_p", fields_of(project())))
    await store.add_session(session())
    await remember(put("sessions", "s", fields_of(session())))
    await store.add_login_link(login_link())
    await remember(put("login_links", "l", fields_of(login_link())))
    await store.renew_password_hash("user_ada", "", "first")
    await remember(Operation(kind="set", collection="users", id="user_ada", fields={"password_hash": "first"}))
    await store.remove_session("s")
    await remember(Operation(kind="remove", collection="sessions", id="s"))
    assert await store.take_login_link("l", NOW_US) == login_link()
    await store.change_password("user_ada", "second")
    await store.change_project("proj_p", "new", "why", ENTRY)
    for change in late[::-1]:
        await apply(database.server, change)
    for seen in (store, await database.place.open()):
        assert await seen.find_user("user_ada") == user(password_hash="second")
        assert await seen.find_project("proj_p") == msgspec.structs.replace(project(), name="new", description="why")
        assert await seen.find_session("s") is None
        assert await seen.take_login_link("l", NOW_US) is None
        assert await seen.version() == (await database.changes())[-1]["version"]


async def test_a_member_who_left_comes_back(database: Database) -> None:
    store = database.store
    for name in ("ada", "bob"):
        await store.add_user(user(name))
    await store.add_project(project(), member())
    for role in ("VIEWER", "ADMIN"):
        await store.add_member(member(name="bob", role=role))
        assert await store.find_member("proj_p", "user_bob") == member(name="bob", role=role)
        assert await store.remove_member("proj_p", "user_bob", ENTRY)
        assert await store.find_member("proj_p", "user_bob") is None


async def test_hashes_do_not_stay_in_the_log(database: Database) -> None:
    await database.store.add_user(user(password_hash="$argon2id$secret"))
    await database.store.add_project(project(), member())
    await database.store.add_api_key(api_key(key_hash="hash of a key"), ENTRY)
    await database.store.change_password("user_ada", "$argon2id$other", ENTRY)
    kept = str(await database.changes())
    assert "argon2id" not in kept
    assert "hash of a key" not in kept
    assert len(await database.store.list_audit("proj_p", before=None, limit=9)) == 2


async def test_the_server_too_refuses_what_must_be_unique(database: Database) -> None:
    await database.store.add_user(user())
    twin: Document = {"_id": "user_twin", "change": 9, "is_there": True, **fields_of(user(), unique="ada@example.com")}
    assert not await database.server.insert("users", twin)


async def test_what_a_newer_version_made_is_not_opened(database: Database) -> None:
    assert await database.server.replace("state", {"_id": "format"}, {"_id": "format", "number": 99})
    with pytest.raises(SettingsError, match="newer version"):
        await database.place.open()


@pytest.mark.parametrize("odd", ODD)
async def test_texts_are_values_whatever_they_look_like(database: Database, odd: str) -> None:
    store = database.store
    person = user(odd, email=odd)
    await store.add_user(person)
    await store.add_user(user("bob"))
    await store.add_project(project(odd, description=odd), member(odd, odd))
    key = api_key(odd, of=odd, key_hash=odd)
    await store.add_api_key(key)
    await store.add_session(session(odd, of=odd))
    said = AuditEntry(
        at_us=NOW_US, project_id=odd, actor_kind="user", actor_id=odd, address=odd, action=odd, object_kind=odd,
        object_id=odd, before={odd: {odd: odd}}, after={odd: [odd, {odd: None}]},
    )  # fmt: skip
    await store.add_audit(said)
    rules = RedactionRules(patterns=(OwnPattern(odd, odd),))
    await store.set_redaction(f"proj_{odd}", rules, said)
    assert await store.find_user_by_email(odd) == person
    assert await store.find_user(f"user_{odd}") == person
    assert await store.list_projects(f"user_{odd}") == [(project(odd, description=odd), member(odd, odd))]
    assert await store.find_api_key(odd) == await store.find_api_key_by_hash(odd) == key
    assert await store.find_session(odd) == session(odd, of=odd)
    assert await store.read_redaction(f"proj_{odd}") == rules
    rows = (await store.list_audit(odd, before=None, limit=9))[::-1]
    assert [row.entry for row in rows] == [said, said]
    assert first_broken(rows) is None
    # An operator in the place of a value would find the others too.
    assert await store.find_user_by_email("$ne") is None
    assert await store.find_user("user_") is None
