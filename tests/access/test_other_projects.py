"""Two projects on one server: whatever one names of the other answers as something that does not exist."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from tests.access.browser import Browser, ask, without_request_id
from tests.access.people import Person
from tests.access.routes import described_routes
from tests.access.tenants import Tenants
from tests.ingest.calls import BATCH, Answer, log_event, new_id, send_json
from tests.running import Server, wait_until

OURS, THEIRS = "only P says this", "only Q says this"


@dataclass(frozen=True)
class Side:
    """One project with its key; both sides have events of the same ids."""

    server: Server
    project_id: str
    key: str

    def get(self, path: str) -> Answer:
        return ask(self.server, path, method="GET", authorization=f"Bearer {self.key}")


@dataclass(frozen=True)
class Sides:
    """P asks, Q is asked about; `shared` exists in both, `theirs` in Q alone."""

    p: Side
    q: Side
    shared: str
    theirs: str


@pytest.fixture(scope="module")
def sides(open_server: Server, tenants: Tenants) -> Sides:
    made: list[Side] = []
    for _ in range(2):
        project_id = tenants.add_project()
        made.append(Side(open_server, project_id, tenants.add_key(project_id, "ingest", "read")))
    p, q = made
    shared, theirs = new_id(), new_id()
    store(p, shared, OURS)
    store(q, shared, THEIRS)
    store(q, theirs, THEIRS)
    return Sides(p, q, shared, theirs)


def store(side: Side, name: str, text: str) -> None:
    """Send a parent and two children with ids made of `name`, and wait for the trace's row."""
    common = {"traceId": name, "sessionId": f"session-{name}", "userId": f"user-{name}"}
    events = [
        {**log_event(f"{name}{end}", **common, **parent), "body": {"level": "info", "message": f"{text} {end}"}}
        for end, parent in (("a", {}), ("b", {"parentEventId": f"{name}a"}), ("c", {"parentEventId": f"{name}a"}))
    ]
    answer = send_json(side.server, BATCH, events, authorization=f"Bearer {side.key}")
    assert answer.status == 202, answer.body
    wait_until(lambda: any(row["trace_id"] == name for row in side.get("/api/v1/traces").json["data"]))


def addresses(name: str) -> list[str]:
    """Return every address that names an object by an id."""
    return [
        f"/api/v1/traces/{name}",
        f"/api/v1/traces/{name}?shape=flat",
        f"/api/v1/traces/{name}/events/{name}a/children",
        f"/api/v1/traces/{name}/scores",
        f"/api/v1/traces/{name}/find?text={name}",
        f"/api/v1/sessions/session-{name}",
        f"/api/v1/end-users/user-{name}",
        f"/api/v1/events/{name}a",
        f"/api/v1/events/{name}a?trace_id={name}",
        f"/api/v1/where-is?event_id={name}a",
        f"/api/v1/where-is?trace_id={name}",
    ]


def test_the_addresses_here_are_all_that_name_an_object(open_server: Server) -> None:
    named = {route.path for route in described_routes(open_server) if "{" in route.path}
    # Those of the administration: test_projects.py.
    assert {path for path in named if not path.startswith("/api/v1/projects/")} == {
        "/api/v1/traces/{trace_id}", "/api/v1/traces/{trace_id}/events/{event_id}/children",
        "/api/v1/traces/{trace_id}/find", "/api/v1/traces/{trace_id}/scores",
        "/api/v1/sessions/{session_id}", "/api/v1/end-users/{user_id}",
        "/api/v1/events/{event_id}", "/api/v1/dead-letters/{event_id}",
        # Of a person, not of a project: tests/api/test_views.py.
        "/api/v1/views/{view_id}", "/api/v1/auth/sessions/{session_id}",
    }  # fmt: skip


def test_an_object_of_another_project_answers_as_a_missing_one(sides: Sides) -> None:
    missing = new_id()
    for theirs, none in zip(addresses(sides.theirs), addresses(missing), strict=True):
        assert sides.q.get(theirs).status == 200, theirs
        found = sides.p.get(theirs)
        assert found.status == 404, theirs
        assert without_request_id(found) == without_request_id(sides.p.get(none)), theirs


def test_a_trace_of_another_project_is_not_deleted(sides: Sides, tenants: Tenants) -> None:
    person = Person(sides.p.server, tenants)
    person.joins(tenants, sides.p.project_id, "OWNER")
    for project_id, trace_id in ((sides.q.project_id, sides.theirs), (sides.p.project_id, sides.theirs)):
        answer = person.browser.call("DELETE", f"/api/v1/traces/{trace_id}?project_id={project_id}")
        missing = person.browser.call("DELETE", f"/api/v1/traces/{new_id()}?project_id={project_id}")
        assert answer.status == 404
        assert without_request_id(answer) == without_request_id(missing)
    assert person.browser.call("DELETE", f"/api/v1/end-users/x?project_id={sides.q.project_id}").status == 404
    # An end user of the same name is another one.
    user = f"user-{sides.theirs}"
    assert person.browser.call("DELETE", f"/api/v1/end-users/{user}?project_id={sides.p.project_id}").status == 202
    wait_until(lambda: person.call("GET", f"/{sides.p.project_id}/deletions").json["data"][0]["state"] != "requested")
    assert sides.q.get(f"/api/v1/end-users/{user}").status == 200
    assert sides.q.get(f"/api/v1/traces/{sides.theirs}").status == 200


def test_an_object_of_another_project_takes_as_long_as_a_missing_one(sides: Sides) -> None:
    def took_ms(name: str) -> float:
        began = time.perf_counter()
        assert sides.p.get(f"/api/v1/events/{name}a").status == 404
        return (time.perf_counter() - began) * 1_000

    # In turns, so that what else the machine does falls on both alike.
    pairs = [(took_ms(sides.theirs), took_ms(new_id())) for _ in range(60)]
    theirs, missing = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert abs(theirs - missing) < 5


def test_the_same_ids_in_two_projects_are_two_objects(sides: Sides) -> None:
    for address in addresses(sides.shared):
        ours, theirs = sides.p.get(address), sides.q.get(address)
        assert (ours.status, theirs.status) == (200, 200), address
        assert THEIRS.encode() not in ours.body, address
        assert OURS.encode() not in theirs.body, address
    assert OURS in sides.p.get(f"/api/v1/events/{sides.shared}a").body.decode()


def test_lists_counts_and_the_ledger_are_of_the_own_project(sides: Sides) -> None:
    assert [row["trace_id"] for row in sides.p.get("/api/v1/traces").json["data"]] == [sides.shared]
    assert {row["trace_id"] for row in sides.p.get("/api/v1/events").json["data"]} == {sides.shared}
    assert len(sides.p.get("/api/v1/events").json["data"]) == 3
    assert sides.p.get("/api/v1/ledger").json["totals"]["received"] == 3
    assert sides.q.get("/api/v1/ledger").json["totals"]["received"] == 6


def test_what_is_counted_and_suggested_is_of_the_own_project(sides: Sides) -> None:
    def counts(side: Side) -> list[Any]:
        breakdown = side.get("/api/v1/stats/breakdown?by=session_id").json["data"]
        values = side.get("/api/v1/values?field=user_id").json["data"]
        return [
            side.get("/api/v1/stats/overview").json["events"],
            sum(side.get("/api/v1/stats/timeseries?metric=events").json["data"][0]["values"]),
            {group["key"]: group["events"] for group in breakdown},
            {one["value"]: one["count"] for one in values},
            sum(side.get("/api/v1/traces/timeline").json["traces"]),
        ]

    def found(side: Side) -> set[str]:
        return {row["trace_id"] for row in side.get("/api/v1/search?q=says%20this").json["data"]}

    assert found(sides.p) == {sides.shared}
    assert found(sides.q) == {sides.shared, sides.theirs}
    ours = {f"session-{sides.shared}": 3}
    users = {f"user-{sides.shared}": 1}
    assert counts(sides.p) == [3, 3, ours, users, 1]
    assert counts(sides.q) == [
        6, 6, {**ours, f"session-{sides.theirs}": 3}, {**users, f"user-{sides.theirs}": 1}, 2,
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["trace_id", "session_id", "user_id"])
def test_a_filter_does_not_reach_another_project(sides: Sides, field: str) -> None:
    prefix = {"trace_id": "", "session_id": "session-", "user_id": "user-"}[field]
    given = quote(f'{{"field": "{field}", "op": "=", "value": "{prefix}{sides.theirs}"}}')
    address = f"/api/v1/events?filter={given}"
    assert len(sides.q.get(address).json["data"]) == 3
    assert sides.p.get(address).json["data"] == []


PATHS = (
    "/api/v1/traces", "/api/v1/events", "/api/v1/ledger", "/api/v1/where-is", "/api/v1/first-steps",
    "/api/v1/dead-letters", "/api/v1/dead-letters/x", "/api/v1/stats/overview",
    "/api/v1/stats/timeseries?metric=events", "/api/v1/stats/breakdown?by=name", "/api/v1/traces/timeline",
    "/api/v1/values?field=name", "/api/v1/fields",
    "/api/v1/sessions", "/api/v1/end-users", "/api/v1/search?q=x", "/api/v1/export", "/api/v1/live",
)  # fmt: skip


def named(path: str, project_id: str) -> str:
    """Return the address with a project in it."""
    return f"{path}{'&' if '?' in path else '?'}project_id={project_id}"


@pytest.mark.parametrize("path", PATHS)
def test_a_key_that_names_another_project_hears_that_it_does_not_exist(sides: Sides, path: str) -> None:
    theirs, none = sides.p.get(named(path, sides.q.project_id)), sides.p.get(named(path, "none"))
    assert theirs.status == 404
    assert without_request_id(theirs) == without_request_id(none)


@pytest.mark.parametrize("path", PATHS)
def test_a_member_of_one_project_hears_the_same_of_another(sides: Sides, tenants: Tenants, path: str) -> None:
    user = tenants.add_user()
    tenants.add_member(sides.p.project_id, user.user_id, "OWNER")
    browser = Browser(sides.p.server, tenants.add_session(user.user_id))
    theirs = browser.get(named(path, sides.q.project_id))
    assert theirs.status == 404
    assert without_request_id(theirs) == without_request_id(browser.get(named(path, "none")))
    assert sides.q.project_id.encode() not in browser.get("/api/v1/auth/me").body


def test_the_own_project_may_be_named_or_left_out(sides: Sides) -> None:
    named = sides.p.get(f"/api/v1/traces?project_id={sides.p.project_id}")
    assert named.json["data"] == sides.p.get("/api/v1/traces").json["data"]


def test_someone_with_several_projects_must_name_one(sides: Sides, tenants: Tenants) -> None:
    user = tenants.add_user()
    for side in (sides.p, sides.q):
        tenants.add_member(side.project_id, user.user_id, "VIEWER")
    browser = Browser(sides.p.server, tenants.add_session(user.user_id))
    assert browser.get("/api/v1/traces").status == 404
    counts = [
        len(browser.get(f"/api/v1/events?project_id={side.project_id}").json["data"]) for side in (sides.p, sides.q)
    ]
    assert counts == [3, 6]


SPELLINGS = ("{p}%2F..%2F{q}", "{q}%00", "{q}%20", "{q}.", "../{q}", "{q}%2523", "{p},{q}", "{p}%0A{q}", "*", "%25", "")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_project_reaches_another(sides: Sides, spelling: str) -> None:
    given = spelling.format(p=sides.p.project_id, q=sides.q.project_id)
    answer = sides.p.get(f"/api/v1/events?project_id={given}")
    assert answer.status in (400, 404)
    assert sides.theirs.encode() not in answer.body


def test_two_names_of_a_project_are_refused(sides: Sides) -> None:
    for first, second in ((sides.p, sides.q), (sides.q, sides.p)):
        answer = sides.p.get(f"/api/v1/events?project_id={first.project_id}&project_id={second.project_id}")
        assert answer.status in (400, 404)


@pytest.mark.parametrize("path", ["/api/v1/traces", "/api/v1/events"])
def test_a_cursor_of_another_project_is_refused(sides: Sides, path: str) -> None:
    cursor = sides.q.get(f"{path}?limit=1").json["next_cursor"]
    assert cursor
    assert sides.q.get(f"{path}?limit=1&cursor={cursor}").status == 200
    answer = sides.p.get(f"{path}?limit=1&cursor={cursor}")
    assert (answer.status, answer.code) == (400, "bad_cursor")


WRITES: list[Any] = [
    pytest.param({"projectId": "{q}"}, id="envelope"),
    pytest.param({"project_id": "{q}"}, id="envelope-in-snake-case"),
]


@pytest.mark.parametrize("given", WRITES)
def test_an_event_that_names_another_project_is_refused(sides: Sides, given: dict[str, Any]) -> None:
    event_id = new_id()
    named = orjson.loads(orjson.dumps(given).decode().replace("{q}", sides.q.project_id))
    event = {**log_event(event_id), **named}
    answer = send_json(sides.p.server, BATCH, [event], authorization=f"Bearer {sides.p.key}")
    assert answer.status == 422
    assert answer.json["error"]["errors"][0]["code"] == "project_mismatch"
    where = f"/api/v1/where-is?event_id={event_id}"
    assert sides.p.get(where).json["current"] == "rejected"
    assert sides.q.get(where).status == 404


def test_a_project_in_the_query_or_a_header_does_not_move_an_event(sides: Sides) -> None:
    event_id = new_id()
    sent = send_json(
        sides.p.server, f"{BATCH}?project_id={sides.q.project_id}", [log_event(event_id)],
        authorization=f"Bearer {sides.p.key}", x_project_id=sides.q.project_id,
    )  # fmt: skip
    assert sides.q.get(f"/api/v1/where-is?event_id={event_id}").status == 404
    assert sides.p.get(f"/api/v1/where-is?event_id={event_id}").status == (200 if sent.status == 202 else 404)
