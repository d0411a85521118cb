"""A MongoDB that is away says so and comes back, and a URL that cannot be used is refused without its password."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterator

import pytest
from tests.contracts.metadata.people import member, project, user
from tests.ports import free_port
from tests.servers.ferretdb import Ferret

from watchllm_server.errors import SettingsError, Unavailable
from watchllm_server.settings import load_settings
from watchllm_server.stores.metadata.contract import AlreadyExists, MetadataStore
from watchllm_server.wiring.stores import open_metadata

pytestmark = [
    pytest.mark.timeout(1_200),  # as in places.py: the first run builds the server
    # pymongo 4.20 forgets a socket when it is closed, or loses its server, while it connects.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

SECRET = "hunter2-and-more"
QUICK = "?serverSelectionTimeoutMS=300"
# While its server is away, the driver looks for it no more than twice a second.
BACK_S = 20.0


@pytest.fixture(autouse=True)
def forgotten_sockets() -> Iterator[None]:
    """Let what the driver forgot go in the test that it belongs to, and not in another."""
    yield
    gc.collect()


async def seeded(ferret: Ferret) -> MetadataStore:
    store = await open_metadata(load_settings(metadata=ferret.url("watchllm", QUICK)))
    await store.add_user(user())
    return store


async def back_again(store: MetadataStore) -> None:
    """Wait until the store answers."""
    async with asyncio.timeout(BACK_S):
        while True:
            with contextlib.suppress(Unavailable):
                await store.version()
                return


async def test_a_server_that_is_away_is_unavailable_and_then_works_again(own_ferret: Ferret) -> None:
    store = await seeded(own_ferret)
    for end in (own_ferret.stop, own_ferret.kill):
        end()
        for call in (store.version(), store.find_user("user_ada"), store.add_project(project(), member())):
            with pytest.raises(Unavailable) as raised:
                await call
            assert raised.value.code == "metadata_unavailable"
            assert raised.value.retry_after_s
        own_ferret.start()
        await back_again(store)
        assert await store.find_user("user_ada") == user()
        assert await store.find_project("proj_p") is None
    await store.add_project(project(), member())
    assert await store.list_projects("user_ada") == [(project(), member())]
    await store.close()


async def test_a_server_that_was_away_between_two_calls_is_not_noticed(own_ferret: Ferret) -> None:
    store = await open_metadata(load_settings(metadata=own_ferret.url("watchllm")))
    await store.add_user(user())
    for name in ("p", "q"):
        own_ferret.stop()
        own_ferret.start()
        await store.add_project(project(name), member(name))
    assert await store.count_projects() == 2
    await store.close()


WRONG = [
    pytest.param(f"mongodb://user:{SECRET}@127.0.0.1:port/db", "write mongodb://", id="port"),
    pytest.param(f"mongodb://user:{SECRET}:@127.0.0.1/db", "write mongodb://", id="unescaped-colon"),
    pytest.param(f"mongodb://user:{SECRET}@@127.0.0.1/db", "write mongodb://", id="unescaped-at"),
    pytest.param(f"mongodb://user:{SECRET}/1@127.0.0.1/db", "write mongodb://", id="unescaped-slash"),
    pytest.param(f"mongodb://user:1/{SECRET}@127.0.0.1/db{QUICK}", "MongoDB", id="unescaped-slash-after-a-digit"),
    pytest.param("mongodb://", "write mongodb://", id="nothing"),
    pytest.param(f"mongodb://user:{SECRET}@127.0.0.1/d b$", "write mongodb://", id="database"),
    pytest.param(f"mongodb+srv://user:{SECRET}@127.0.0.1/db", "no MongoDB can be found at 127", id="srv-of-an-address"),
    pytest.param(f"mongodb://user:{SECRET}@127.0.0.1:{{port}}/db{QUICK}", "no MongoDB answers at 127", id="nobody"),
    pytest.param(f"mongodb://user:{SECRET}@no.such.invalid/db{QUICK}", "no MongoDB answers at no.such", id="host"),
    pytest.param(f"postgres://user:{SECRET}@127.0.0.1/db", "mongodb://", id="scheme"),
]


@pytest.mark.parametrize(("url", "said"), WRONG)
async def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        await open_metadata(load_settings(metadata=url.format(port=free_port())))
    assert "WATCHLLM_METADATA" in raised.value.message
    assert said in raised.value.message
    for text in (raised.value.message, repr(raised.value)):
        assert "hunter2" not in text


async def test_a_database_without_a_name_is_called_watchllm(own_ferret: Ferret) -> None:
    for url in (own_ferret.url(""), own_ferret.url("watchllm")):
        store = await open_metadata(load_settings(metadata=url))
        with contextlib.suppress(AlreadyExists):
            await store.add_user(user())
        assert await store.version() == 1
        await store.close()


async def test_a_wrong_password_is_refused_without_it(own_ferret: Ferret) -> None:
    url = f"mongodb://user:{SECRET}@127.0.0.1:{own_ferret.port}/watchllm"
    with pytest.raises(SettingsError, match=r"refuses \(AuthenticationFailed\): correct user, password"):
        await open_metadata(load_settings(metadata=url))


def test_settings_do_not_show_the_password() -> None:
    settings = load_settings(metadata=f"mongodb://user:{SECRET}@127.0.0.1/db")
    assert SECRET in settings.metadata_url
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
