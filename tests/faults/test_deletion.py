"""Fault D-30: a trace, an end user and a project are deleted while events come in, with a kill in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from tests.access.browser import Browser
from tests.access.tenants import Tenants
from tests.ingest.calls import BATCH, send
from tests.oracle.failing import acted, armed
from tests.running import PROJECT_ID, Server, wait_until

from watchllm_server.settings import load_settings
from watchllm_server.wiring.events import event_client

# Short, so that a deletion can come to its end here.
_GRACE_S: Final = "3"
_EVERY_S: Final = 0.1
_PER_REQUEST: Final = 10
_END_S: Final = 90.0


class Traffic:
    """Sends about 100 events a second to a project: new traces, more of `old`, all of the end users ann and bob."""

    def __init__(self, server: Server, key: str, label: str) -> None:
        self._server = server
        self._key = key
        self._label = label
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.sent: list[dict[str, Any]] = []
        self.users = ["ann", "bob"]

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Stop sending."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(_EVERY_S):
            batch = [self._event(number + place) for place in range(_PER_REQUEST)]
            try:
                answer = send(self._server, BATCH, orjson.dumps(batch), authorization=f"Bearer {self._key}")
            except OSError:
                continue
            if answer.status == 202:
                self.sent += batch
                number += _PER_REQUEST

    def _event(self, number: int) -> dict[str, Any]:
        trace_id = f"{self._label}-old" if number % _PER_REQUEST == 0 else f"{self._label}-{number // 5}"
        return {
            "eventId": f"{self._label}-{number}", "traceId": trace_id, "type": "log",
            "userId": self.users[number % len(self.users)], "sessionId": f"{self._label}-session",
            "body": {"level": "info", "message": f"canary {self._label} {number}"},
        }  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    points = {"erasing.erased": "kill*1", "erasing.before_scrub": "kill*1"}
    environment = {
        "WATCHLLM_QUEUE_GRACE_S": _GRACE_S, "WATCHLLM_PROJECT_RESTORE_DAYS": "0",
        "WATCHLLM_LOGINS_PER_MINUTE": "1000", **armed(points),
    }  # fmt: skip
    running = Server(tmp_path / "data", environment=environment).start()
    yield running
    running.stop()


def events_of(browser: Browser, project_id: str, filter: dict[str, Any] | None = None) -> set[str]:
    """Return the ids of all events of a project that the list has."""
    found: set[str] = set()
    query = f"/api/v1/events?project_id={project_id}&limit=1000"
    if filter is not None:
        query += "&filter=" + orjson.dumps(filter).decode().replace('"', "%22").replace(" ", "%20")
    cursor = ""
    while True:
        answer = browser.get(query + cursor)
        assert answer.status == 200, answer.body
        found |= {row["event_id"] for row in answer.json["data"]}
        if answer.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json['next_cursor']}"


def all_answers(browser: Browser, project_id: str) -> bytes:
    """Return everything that the routes of reading say of a project."""
    paths = (
        "traces?limit=1000", "events?limit=1000", "sessions?limit=1000", "end-users?limit=1000",
        "stats/breakdown?by=user_id", "export?what=events&format=jsonl", "export?what=traces&format=jsonl",
        "dead-letters?limit=100", "search?q=canary",
    )  # fmt: skip
    said = b""
    for path in paths:
        mark = "&" if "?" in path else "?"
        answer = browser.get(f"/api/v1/{path}{mark}project_id={project_id}")
        assert answer.status == 200, (path, answer.status, answer.body[:300])
        said += answer.body
    return said


@pytest.mark.timeout(300)
def test_what_is_deleted_while_events_come_in_is_found_nowhere_and_nothing_else_is_missing(server: Server) -> None:
    tenants = Tenants(server)
    browser = Browser(server)
    assert browser.login().status == 200
    other = browser.call("POST", "/api/v1/projects", {"name": "other"}).json["project_id"]
    other_key = tenants.add_key(other, "ingest", "read")

    def states(project_id: str) -> dict[str, str]:
        listed = browser.get(f"/api/v1/projects/{project_id}/deletions").json["data"]
        return {deletion["subject"]: deletion["state"] for deletion in listed}

    with Traffic(server, server.api_key, "mine") as mine, Traffic(server, other_key, "theirs") as theirs:
        wait_until(lambda: len(events_of(browser, PROJECT_ID)) > 200)
        deleted = browser.call("DELETE", f"/api/v1/traces/mine-old?project_id={PROJECT_ID}")
        assert (deleted.status, deleted.json["kind"], deleted.json["state"]) == (202, "trace", "requested")
        # From now on the user sends no more; what was sent before is meant.
        mine.users = ["bob"]
        wait_until(lambda: mine.sent[-1]["userId"] == mine.sent[-2]["userId"])
        assert browser.call("DELETE", f"/api/v1/end-users/ann?project_id={PROJECT_ID}").status == 202
        wait_until(lambda: set(states(PROJECT_ID).values()) == {"finished"}, timeout_s=_END_S)
        assert [acted(server.data_dir, point) for point in ("erasing.erased", "erasing.before_scrub")] == [1, 1]
    kept = {e["eventId"] for e in mine.sent if e["traceId"] != "mine-old" and e["userId"] != "ann"}
    wait_until(lambda: kept <= events_of(browser, PROJECT_ID), timeout_s=_END_S)
    assert events_of(browser, PROJECT_ID) == kept
    said = all_answers(browser, PROJECT_ID)
    assert b'"ann"' not in said
    assert b"mine-old" not in said
    assert b"bob" in said
    gone = next(e["eventId"] for e in mine.sent if e["userId"] == "ann")
    assert browser.get(f"/api/v1/events/{gone}?project_id={PROJECT_ID}").status == 404
    where = browser.get(f"/api/v1/where-is?event_id={gone}&project_id={PROJECT_ID}").json
    assert where["current"] == "deleted"
    ledger = browser.get(f"/api/v1/ledger?project_id={PROJECT_ID}").json
    assert ledger["balanced"]
    assert ledger["totals"]["received"] == len(mine.sent) == ledger["totals"]["stored"]
    # The other project has the same end users, and all of it.
    everything = {e["eventId"] for e in theirs.sent}
    wait_until(lambda: events_of(browser, other) == everything, timeout_s=_END_S)
    assert states(other) == {}
    audited = browser.get(f"/api/v1/projects/{PROJECT_ID}/audit").json["data"]
    assert [row["object_kind"] for row in audited if row["action"] == "traces:delete"] == ["end_user", "trace"]


@pytest.mark.timeout(300)
def test_a_project_deleted_while_events_come_in_is_found_nowhere(server: Server) -> None:
    tenants = Tenants(server)
    browser = Browser(server)
    assert browser.login().status == 200
    doomed = browser.call("POST", "/api/v1/projects", {"name": "doomed"}).json["project_id"]
    key = tenants.add_key(doomed, "ingest", "read")
    with Traffic(server, key, "doomed") as sending, Traffic(server, server.api_key, "kept") as kept:
        wait_until(lambda: len(events_of(browser, doomed)) > 50)
        assert browser.call("DELETE", f"/api/v1/projects/{doomed}").status == 204
        wait_until(lambda: _state_of(tenants, doomed) == "finished", timeout_s=_END_S)
        assert len(sending.sent) > 50
    assert browser.call("POST", f"/api/v1/projects/{doomed}/restore").status == 404
    assert browser.get(f"/api/v1/events?project_id={doomed}").status == 404
    assert send(server, BATCH, b"[]", authorization=f"Bearer {key}").status == 401
    assert _left_in_store(server, doomed) == {}
    everything = {e["eventId"] for e in kept.sent}
    wait_until(lambda: events_of(browser, PROJECT_ID) == everything, timeout_s=_END_S)


def _state_of(tenants: Tenants, project_id: str) -> str:
    found = tenants.change(lambda store: store.list_deletions(project_id, limit=1))
    return found[0].state if found else ""


def _left_in_store(server: Server, project_id: str) -> dict[str, int]:
    """Return the rows of a project that any table of the event store has."""

    async def count() -> dict[str, int]:
        client = event_client(load_settings(data_dir=server.data_dir))
        try:
            tables = await client.read_rows(
                "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'project_id'"
            )
            counts: dict[str, int] = {}
            for name in (row["table"] for row in tables):
                sql = f"SELECT count() AS n FROM {name} WHERE project_id = {{p:String}}"
                counts[name] = (await client.read_rows(sql, {"p": project_id}))[0]["n"]
            return {name: rows for name, rows in counts.items() if rows}
        finally:
            await client.close()

    return asyncio.run(count())
