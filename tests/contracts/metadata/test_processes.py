"""Several processes share one store: nobody's change is lost, doubled, half made, or undone by a kill."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contracts.metadata.people import NOW_US, api_key, member, project, session, user
from tests.contracts.metadata.places import Place

from watchllm_server.bootstrap import ensure_first_start
from watchllm_server.clock import ManualClock
from watchllm_server.settings import load_settings
from watchllm_server.stores.metadata.contract import AlreadyExists

ROOT = Path(__file__).parents[3]
WRITERS = 4
PEPPER = b"p" * 32


def start_writer(place: Place, names: str, count: int) -> subprocess.Popen[str]:
    """Start a process that adds `count` users, or users without end for 0."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.metadata.change_until_killed", place.url, names, str(count)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_of_processes_that_open_a_new_store_at_once_and_add_the_same_one_wins_each(place: Place) -> None:
    writers = [start_writer(place, "u", 25) for _ in range(WRITERS)]
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    won = sorted(name for lines in said for name in lines if name != "taken")
    assert won == sorted(f"u{at}" for at in range(25))
    assert sum(len(lines) for lines in said) == 25 * WRITERS


async def test_what_a_killed_process_had_said_is_there_and_the_store_opens(place: Place) -> None:
    for round_ in range(3):
        writer = start_writer(place, f"r{round_}n", 0)
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(20)]
        writer.kill()
        said += writer.communicate(timeout=20)[0].split()
        store = await place.open()
        missing = [name for name in said if await store.find_user(f"user_{name}") is None]
        assert missing == []
        # One more may have been made whose word did not come out; none is half made.
        assert await store.find_user_by_email(f"{said[-1]}@example.com") == user(said[-1])
        assert await store.version() == await store.count_users()


async def test_changes_by_many_openings_all_count(place: Place) -> None:
    stores = [await place.open() for _ in range(WRITERS)]
    await stores[0].add_user(user())
    await stores[0].add_project(project(), member())
    before = await stores[0].version()
    await asyncio.gather(
        *(store.add_api_key(api_key(f"k{at}-{n}")) for at, store in enumerate(stores) for n in range(20))
    )
    assert len(await stores[-1].list_api_keys("proj_p")) == WRITERS * 20
    assert await stores[-1].version() == before + WRITERS * 20


async def test_one_of_two_that_take_the_same_id_at_once_is_told(place: Place) -> None:
    stores = [await place.open() for _ in range(WRITERS)]
    outcomes = await asyncio.gather(*(store.add_user(user()) for store in stores), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyExists"] * (WRITERS - 1) + ["NoneType"]


async def test_a_project_without_its_owner_is_seen_by_nobody(place: Place) -> None:
    writer, reader = await place.open(), await place.open()
    await writer.add_user(user())

    async def watch() -> None:
        while await reader.find_project("proj_49") is None:
            for at in range(50):
                if await reader.find_project(f"proj_{at}") is not None:
                    assert await reader.find_member(f"proj_{at}", "user_ada") is not None

    watching = asyncio.create_task(watch())
    for at in range(50):
        await writer.add_project(project(str(at)), member(str(at)))
    await asyncio.wait_for(watching, 20)


async def test_a_password_change_leaves_no_session_that_is_being_seen_beside_it(place: Place) -> None:
    stores = [await place.open() for _ in range(2)]
    await stores[0].add_user(user())
    for at in range(20):
        await stores[0].add_session(session(f"old{at}"))
    await asyncio.gather(
        stores[0].change_password("user_ada", "new"), *(stores[1].touch_session(f"old{at}", NOW_US) for at in range(20))
    )
    assert [await stores[1].find_session(f"old{at}") for at in range(20)] == [None] * 20


async def test_first_starts_at_once_make_one_user_and_one_project(place: Place) -> None:
    settings = load_settings(init_project_id="proj_first", init_user_email="ada@example.com")
    stores = [await place.open() for _ in range(WRITERS)]
    firsts = await asyncio.gather(*(ensure_first_start(settings, s, ManualClock(), PEPPER) for s in stores))
    assert {first.project_id for first in firsts} == {"proj_first"}
    assert (await stores[0].count_users(), await stores[0].count_projects()) == (1, 1)
    again = await ensure_first_start(settings, stores[0], ManualClock(), PEPPER)
    assert again.api_key is None
    with pytest.raises(AlreadyExists):
        await stores[0].add_project(project("first"), None)


async def test_a_later_start_makes_nothing(place: Place) -> None:
    settings = load_settings()
    first = await ensure_first_start(settings, await place.open(), ManualClock(), PEPPER)
    await place.close()
    store = await place.open()
    later = await ensure_first_start(settings, store, ManualClock(), PEPPER)
    assert first.api_key is not None
    assert later.api_key is None
    assert later.project_id == first.project_id
    assert (await store.count_users(), await store.count_projects()) == (1, 1)
    assert len(await store.list_api_keys(first.project_id)) == 1
