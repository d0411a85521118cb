"""The key ring: which header is a key, which key is refused, and how soon a change is obeyed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from watchllm_server.clock import ManualClock
from watchllm_server.errors import Forbidden, Unauthenticated
from watchllm_server.model.project import ApiKey, Project, Scope
from watchllm_server.security.keys import Credential, KeyRing, require_scope
from watchllm_server.security.tokens import keyed_hash, new_api_key
from watchllm_server.stores.metadata.contract.watch import VERSION_AGE_S
from watchllm_server.stores.metadata.sqlite import SqliteMetadata

PEPPER = b"p" * 32
GIVEN = "wl_given_by_a_setting_without_checksum"
NOW_US = ManualClock().now_us()


@pytest.fixture
async def metadata(tmp_path: Path) -> AsyncIterator[SqliteMetadata]:
    store = await SqliteMetadata.open(tmp_path / "metadata.db")
    await store.add_project(Project(project_id="p", name="p", created_at_us=0), None)
    yield store
    await store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ring(metadata: SqliteMetadata, clock: ManualClock) -> KeyRing:
    return KeyRing(metadata, clock, PEPPER)


async def add(store: SqliteMetadata, key: str, key_id: str, **changes: Any) -> None:
    fields: dict[str, Any] = {"scopes": ("ingest", "read"), "prefix": "", "created_at_us": 0, "name": "k", **changes}
    await store.add_api_key(ApiKey(key_id=key_id, project_id="p", key_hash=keyed_hash(PEPPER, key), **fields))


async def made(store: SqliteMetadata, **changes: Any) -> tuple[str, str]:
    """Add a key that we made; returns its id and itself."""
    key_id, key = new_api_key()
    await add(store, key, key_id, **changes)
    return key_id, key


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def refused(ring: KeyRing, headers: dict[str, str]) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await ring.authenticate(headers)
    return caught.value.message


async def test_a_key_opens_its_project_with_its_scopes(ring: KeyRing, metadata: SqliteMetadata) -> None:
    key_id, key = await made(metadata, scopes=("read",))
    assert await ring.authenticate(bearer(key)) == Credential(key_id, "p", ("read",))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(bearer(GIVEN), id="bearer"),
        pytest.param({"authorization": f"bearer  {GIVEN} "}, id="bearer-in-lower-case"),
        pytest.param({"x-api-key": GIVEN}, id="x-api-key"),
        pytest.param(basic("", GIVEN), id="basic-without-user"),
        pytest.param(basic("anyone", GIVEN), id="basic-with-user"),
    ],
)
async def test_a_key_is_read_from_each_documented_header(
    ring: KeyRing, metadata: SqliteMetadata, headers: dict[str, str]
) -> None:
    await add(metadata, GIVEN, "given")
    assert (await ring.authenticate(headers)).key_id == "given"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param(bearer(""), id="empty"),
        pytest.param(bearer(GIVEN + "x"), id="unknown"),
        pytest.param(bearer(GIVEN[:-1]), id="cut"),
        pytest.param(bearer(GIVEN.upper()), id="another-case"),
        pytest.param(bearer("sk-" + "a" * 40), id="of-another-kind"),
        pytest.param(bearer("wl_" + "a" * 10_000), id="long"),
        pytest.param(bearer("wl_ключ" + "a" * 30), id="not-ascii"),
        pytest.param(bearer(f"{GIVEN} {GIVEN}"), id="twice"),
        pytest.param({"authorization": f"Token {GIVEN}"}, id="unknown-scheme"),
        pytest.param({"authorization": GIVEN}, id="no-scheme"),
        pytest.param({"authorization": "Basic !!!"}, id="basic-not-base64"),
        pytest.param({"authorization": "Basic /////w=="}, id="basic-not-utf-8"),
        pytest.param(basic(GIVEN, ""), id="basic-as-user-name"),
        pytest.param({"authorization": "Bearer x", "x-api-key": GIVEN}, id="bad-authorization-beside-a-good-key"),
        pytest.param(bearer("wl_a_b_c\0"), id="nul"),
    ],
)
async def test_anything_else_is_refused_in_the_same_words(
    ring: KeyRing, metadata: SqliteMetadata, headers: dict[str, str]
) -> None:
    await add(metadata, GIVEN, "given")
    assert await refused(ring, headers) == await refused(ring, {})


async def test_a_revoked_and_an_expired_key_are_refused_in_the_same_words(
    ring: KeyRing, metadata: SqliteMetadata
) -> None:
    words = {await refused(ring, {})}
    for change in ({"revoked_at_us": 1}, {"expires_at_us": NOW_US}, {"expires_at_us": NOW_US - 1}):
        _, key = await made(metadata, **change)
        words.add(await refused(ring, bearer(key)))
    assert len(words) == 1


async def test_a_key_ends_at_its_time_also_when_it_is_cached(
    ring: KeyRing, metadata: SqliteMetadata, clock: ManualClock
) -> None:
    _, key = await made(metadata, expires_at_us=NOW_US + 1_000_000)
    await ring.authenticate(bearer(key))
    clock.advance(0.9)
    await ring.authenticate(bearer(key))
    clock.advance(0.1)
    await refused(ring, bearer(key))


async def test_the_id_of_one_key_with_the_secret_of_another_is_refused(ring: KeyRing, metadata: SqliteMetadata) -> None:
    key_id, _ = await made(metadata)
    _, other = new_api_key()
    await add(metadata, "wl_something else", "other")
    await refused(ring, bearer(f"wl_{key_id}_{other.split('_', 2)[2]}"))


async def test_a_revocation_is_obeyed_within_a_second(
    ring: KeyRing, metadata: SqliteMetadata, clock: ManualClock
) -> None:
    key_id, key = await made(metadata)
    await ring.authenticate(bearer(key))
    await metadata.revoke_api_key(key_id, NOW_US)
    clock.advance(VERSION_AGE_S + 0.001)
    await refused(ring, bearer(key))
    assert VERSION_AGE_S < 1


async def test_a_key_that_was_refused_works_within_a_second_of_being_added(
    ring: KeyRing, metadata: SqliteMetadata, clock: ManualClock
) -> None:
    await refused(ring, bearer(GIVEN))
    await add(metadata, GIVEN, "given")
    clock.advance(VERSION_AGE_S + 0.001)
    assert (await ring.authenticate(bearer(GIVEN))).key_id == "given"


class SlowReads:
    """The real store, with a point at which the answer about a key is on its way."""

    def __init__(self, store: SqliteMetadata) -> None:
        self._store = store
        self.has_read = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.reads = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def find_api_key(self, key_id: str) -> ApiKey | None:
        self.reads += 1
        found = await self._store.find_api_key(key_id)
        self.has_read.set()
        await self.may_answer.wait()
        return found


async def test_an_answer_that_was_overtaken_by_a_revocation_is_not_kept(
    metadata: SqliteMetadata, clock: ManualClock
) -> None:
    key_id, key = await made(metadata)
    slow: Any = SlowReads(metadata)
    ring = KeyRing(slow, clock, PEPPER)
    first = asyncio.create_task(ring.authenticate(bearer(key)))
    await slow.has_read.wait()
    await metadata.revoke_api_key(key_id, NOW_US)
    clock.advance(VERSION_AGE_S + 0.001)
    await refused(ring, bearer("wl_" + "x" * 40))
    slow.may_answer.set()
    await first
    await refused(ring, bearer(key))


async def test_known_keys_are_not_read_again_and_guesses_do_not_push_them_out(
    metadata: SqliteMetadata, clock: ManualClock
) -> None:
    _, key = await made(metadata)
    slow: Any = SlowReads(metadata)
    slow.may_answer.set()
    ring = KeyRing(slow, clock, PEPPER, cache_size=20)
    await ring.authenticate(bearer(key))
    for at in range(100):
        await refused(ring, bearer(f"wl_guess_{at:040}"))
        await ring.authenticate(bearer(key))
    assert slow.reads == 1


async def test_many_requests_at_once_with_different_keys_get_their_own(ring: KeyRing, metadata: SqliteMetadata) -> None:
    added = [await made(metadata) for _ in range(20)]
    found = await asyncio.gather(*(ring.authenticate(bearer(key)) for _, key in added * 5))
    assert [credential.key_id for credential in found] == [key_id for key_id, _ in added] * 5


@pytest.mark.parametrize("held", [("ingest",), ("read",), ("prompts",), ()])
@pytest.mark.parametrize("wanted", ["ingest", "read", "prompts"])
def test_a_scope_is_needed_exactly(held: tuple[Scope, ...], wanted: Scope) -> None:
    credential = Credential("k", "p", held)
    if wanted in held:
        require_scope(credential, wanted)
        return
    with pytest.raises(Forbidden) as caught:
        require_scope(credential, wanted)
    assert caught.value.code == "scope_missing"
