"""Dead letters of one project: nobody of another reads, replays or discards them, whatever they name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from tests.access.browser import Browser, without_request_id
from tests.access.tenants import Tenants
from tests.ingest.calls import new_id
from tests.running import Server

from watchllm_server.model.event import UnreadableEvent
from watchllm_server.settings import load_settings
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.wiring.events import event_client

LETTERS = "/api/v1/dead-letters"
WORDS = "only Q says this"


@dataclass(frozen=True)
class Owners:
    """The owners of two projects; `event_id` has a letter in Q alone."""

    p: Browser
    q: Browser
    p_id: str
    q_id: str
    event_id: str


@pytest.fixture
def owners(open_server: Server, tenants: Tenants) -> Owners:
    browsers: list[Browser] = []
    projects: list[str] = []
    for _ in range(2):
        user = tenants.add_user()
        projects.append(tenants.add_project())
        tenants.add_member(projects[-1], user.user_id, "OWNER")
        browsers.append(Browser(open_server, tenants.add_session(user.user_id)))
    event_id = new_id()
    asyncio.run(_keep_letter(open_server, projects[1], event_id, tenants.now_us()))
    return Owners(browsers[0], browsers[1], projects[0], projects[1], event_id)


async def _keep_letter(server: Server, project_id: str, event_id: str, now_us: int) -> None:
    writer = ClickHouseWriter(event_client(load_settings(data_dir=server.data_dir)))
    body = b'{"type": "log", "body": {"level": "info", "message": "x"}}'
    letter = UnreadableEvent(project_id, event_id, 1, now_us, "unmappable", WORDS, body.decode(), "native.json", body)
    await writer.insert_dead_letters([letter])
    await writer.close()


def kept(browser: Browser) -> list[str]:
    return [row["event_id"] for row in browser.get(LETTERS).json["data"]]


def test_letters_are_read_by_their_own_project_alone(owners: Owners) -> None:
    assert (kept(owners.q), kept(owners.p)) == ([owners.event_id], [])
    theirs, none = owners.p.get(f"{LETTERS}/{owners.event_id}"), owners.p.get(f"{LETTERS}/{new_id()}")
    assert theirs.status == 404
    assert without_request_id(theirs) == without_request_id(none)
    assert WORDS in owners.q.get(f"{LETTERS}/{owners.event_id}").body.decode()


@pytest.mark.parametrize("action", ["replay", "discard"])
@pytest.mark.parametrize("way", ["id", "filter"])
def test_letters_are_ended_by_their_own_project_alone(owners: Owners, action: str, way: str) -> None:
    body: dict[str, Any] = {"event_ids": [owners.event_id]} if way == "id" else {"filter": {}}
    answer = owners.p.call("POST", f"{LETTERS}/{action}", body)
    assert answer.status == 200
    assert sum(value for value in answer.json.values() if isinstance(value, int)) == (1 if way == "id" else 0)
    named = owners.p.call("POST", f"{LETTERS}/{action}?project_id={owners.q_id}", body)
    assert (named.status, named.code) == (404, "not_found")
    smuggled = owners.p.call("POST", f"{LETTERS}/{action}", {**body, "project_id": owners.q_id})
    assert (smuggled.status, smuggled.code) == (400, "bad_parameter")
    assert kept(owners.q) == [owners.event_id]


def test_a_cursor_of_another_project_does_not_open_here(owners: Owners, open_server: Server, tenants: Tenants) -> None:
    asyncio.run(_keep_letter(open_server, owners.q_id, new_id(), tenants.now_us()))
    cursor = owners.q.get(f"{LETTERS}?limit=1").json["next_cursor"]
    assert cursor
    refused = owners.p.get(f"{LETTERS}?limit=1&cursor={cursor}")
    assert (refused.status, refused.code) == (400, "bad_cursor")


@pytest.mark.parametrize("action", ["replay", "discard"])
def test_another_site_cannot_end_letters_with_the_cookie(owners: Owners, action: str) -> None:
    answer = owners.q.call("POST", f"{LETTERS}/{action}", {"filter": {}}, sec_fetch_site="cross-site")
    assert (answer.status, answer.code) == (403, "cross_site")
    assert kept(owners.q) == [owners.event_id]
