"""The audit log: every change of the administration leaves one row that says who and what, and never a secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any, Final

import orjson
from tests.access.browser import OWN_PASSWORD, Browser
from tests.access.people import Person
from tests.access.routes import ANONYMOUS, INGEST, Route, described_routes
from tests.access.tenants import Tenants
from tests.ingest.calls import EVENT, send_json
from tests.running import PASSWORD, Server, wait_until

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.model.filter_reading import read_time_us
from watchllm_server.security.audit import first_broken


def test_every_change_leaves_one_row(open_server: Server, tenants: Tenants) -> None:
    owner, other = Person(open_server, tenants), Person(open_server, tenants)
    project_id = owner.make_project("audited")
    base = f"/{project_id}"
    other.joins(tenants, project_id, "VIEWER")
    key = owner.call("POST", f"{base}/api-keys", {"name": "k", "scopes": ["read"]}).json
    rotated = owner.call("POST", f"{base}/api-keys/{key['key_id']}/rotate", {}).json
    member = f"{base}/members/{other.user.user_id}"
    changes = [
        ("PATCH", base, {"name": "renamed"}, "project:change"),
        ("DELETE", f"{base}/api-keys/{key['key_id']}", None, "api_keys:write"),
        ("PATCH", member, {"role": "ADMIN"}, "members:change"),
        ("DELETE", member, None, "members:remove"),
        ("POST", f"{base}/invites", {"email": "c@example.com", "role": "VIEWER"}, "members:invite"),
        ("DELETE", base, None, "project:delete"),
        ("POST", f"{base}/restore", None, "project:delete"),
    ]
    expected = ["projects:create", "api_keys:write", "api_keys:write"]
    for method, path, body, action in changes:
        assert owner.call(method, path, body).status < 300
        expected.append(action)
    log = owner.audit(project_id)
    assert [row["action"] for row in log] == expected
    assert {row["actor_id"] for row in log} == {owner.user.user_id}
    assert {row["address"] for row in log} == {"127.0.0.1"}
    assert (log[3]["before"]["name"], log[3]["after"]["name"]) == ("audited", "renamed")
    assert (log[5]["before"], log[5]["after"]) == ({"role": "VIEWER"}, {"role": "ADMIN"})
    exported = owner.call("GET", f"{base}/audit/export").body
    first, *others = [orjson.loads(line) for line in exported.splitlines()]
    assert (first["action"], others) == ("audit:export", log[::-1])
    assert not any(made["key"].encode() in exported for made in (key, rotated))


def test_what_is_refused_leaves_no_row(open_server: Server, tenants: Tenants) -> None:
    owner, stranger = Person(open_server, tenants), Person(open_server, tenants)
    project_id = owner.make_project()
    assert owner.call("DELETE", f"/{project_id}/members/{owner.user.user_id}").status == 409
    assert stranger.call("PATCH", f"/{project_id}", {"name": "mine"}).status == 404
    assert owner.call("PATCH", f"/{project_id}", {"role": "x"}).status == 400
    assert [row["action"] for row in owner.audit(project_id)] == ["projects:create"]


def test_pages_follow_each_other(open_server: Server, tenants: Tenants) -> None:
    owner = Person(open_server, tenants)
    project_id = owner.make_project()
    for n in range(4):
        owner.call("PATCH", f"/{project_id}", {"name": f"name {n}"})
    numbers: list[int] = []
    before = ""
    while True:
        page = owner.call("GET", f"/{project_id}/audit?limit=2{before}").json
        numbers += [row["number"] for row in page["data"]]
        if page["next_before"] is None:
            break
        before = f"&before={page['next_before']}"
    assert numbers == [5, 4, 3, 2, 1]


def test_a_row_that_somebody_took_out_of_the_file_is_missed(open_server: Server, tenants: Tenants) -> None:
    owner = Person(open_server, tenants)
    project_id = owner.make_project()
    for n in range(3):
        owner.call("PATCH", f"/{project_id}", {"name": f"name {n}"})
    assert first_broken(as_rows(project_id, owner.audit(project_id))) is None
    with closing(sqlite3.connect(open_server.data_dir / "metadata.db", isolation_level=None)) as database:
        database.execute("DELETE FROM audit WHERE project_id = ? AND number = 2", (project_id,))
    assert first_broken(as_rows(project_id, owner.audit(project_id))) == 2


def rows_of_nobodys_project(tenants: Tenants) -> list[AuditRow]:
    """Return the rows about accounts, which belong to no project, the oldest first."""
    return tenants.change(lambda store: store.list_audit("", before=None, limit=1_000))[::-1]


_BASE: Final = "/api/v1/projects/{project_id}"
_LETTERS: Final = {"event_ids": ["none"]}
# Each is called once, in this order; what belongs to no project is in the other chain.
_CALLS: Final[list[tuple[str, str, Any]]] = [
    ("POST", "/api/v1/projects", {"name": "new"}),
    ("PATCH", _BASE, {"name": "renamed"}),
    ("POST", f"{_BASE}/api-keys", {"name": "k2", "scopes": ["read"]}),
    ("POST", f"{_BASE}/api-keys/{{key_id}}/rotate", {}),
    ("DELETE", f"{_BASE}/api-keys/{{key_id}}", None),
    ("PATCH", f"{_BASE}/members/{{user_id}}", {"role": "MEMBER"}),
    ("DELETE", f"{_BASE}/members/{{user_id}}", None),
    ("POST", f"{_BASE}/invites", {"email": "e@example.com", "role": "VIEWER"}),
    ("DELETE", f"{_BASE}/invites/{{invite_id}}", None),
    ("PUT", f"{_BASE}/redaction", {"detectors": ["email"]}),
    ("POST", "/api/v1/views", {"name": "other", "page": "traces", "query": {}}),
    ("PATCH", "/api/v1/views/{view_id}", {"name": "third"}),
    ("DELETE", "/api/v1/views/{view_id}", None),
    ("POST", "/api/v1/dead-letters/replay", _LETTERS),
    ("POST", "/api/v1/dead-letters/discard", _LETTERS),
    ("DELETE", "/api/v1/traces/{trace_id}", None),
    ("DELETE", "/api/v1/end-users/{user_id}", None),
    ("GET", "/api/v1/export", None),
    ("GET", f"{_BASE}/audit/export", None),
    ("DELETE", _BASE, None),
    ("POST", f"{_BASE}/restore", None),
    ("DELETE", "/api/v1/auth/sessions/{session_id}", None),
    ("PUT", "/api/v1/auth/password", {"new": "a long enough passphrase, really"}),
    ("POST", "/api/v1/auth/logout", None),
]


def made_by(owner: Person, server: Server, project_id: str) -> dict[str, str]:
    """Make one of each that a route can change; returns their ids by the names of the parameters."""
    key = owner.call("POST", f"/{project_id}/api-keys", {"name": "k", "scopes": ["ingest"]}).json
    invite = owner.call("POST", f"/{project_id}/invites", {"email": "d@example.com", "role": "VIEWER"}).json
    view = owner.browser.call(
        "POST", f"/api/v1/views?project_id={project_id}", {"name": "mine", "page": "traces", "query": {}}
    ).json
    send_json(
        server, EVENT, {"eventId": "e", "traceId": "t", "type": "log", "body": {"level": "info", "message": "m"}},
        authorization=f"Bearer {key['key']}",
    )  # fmt: skip
    wait_until(lambda: owner.browser.get(f"/api/v1/traces/t?project_id={project_id}").status == 200)
    sessions = owner.browser.get("/api/v1/auth/sessions").json["data"]
    return {
        "key_id": key["key_id"], "invite_id": invite["invite_id"], "view_id": view["view_id"], "trace_id": "t",
        "session_id": next(one["session_id"] for one in sessions if not one["is_current"]),
    }  # fmt: skip


def test_every_changing_route_leaves_exactly_one_row(open_server: Server, tenants: Tenants) -> None:
    owner, other = Person(open_server, tenants), Person(open_server, tenants)
    project_id = owner.make_project()
    other.joins(tenants, project_id, "VIEWER")
    doomed = owner.make_project("doomed")
    second = Browser(open_server, tenants.add_session(owner.user.user_id))
    ids = {"project_id": project_id, "user_id": other.user.user_id} | made_by(owner, open_server, project_id)
    changing = {
        (route.method, route.path) for route in described_routes(open_server)
        if route.method != "GET" and route.path not in ANONYMOUS and not route.path.startswith(INGEST)
    }  # fmt: skip
    exports = {("GET", "/api/v1/export"), ("GET", f"{_BASE}/audit/export")}
    assert {(method, path) for method, path, _ in _CALLS} - exports == changing - {("POST", f"{_BASE}/redaction/try")}

    def count() -> int:
        chains = (project_id, doomed, "", *made)
        return sum(len(tenants.change(lambda s, c=c: s.list_audit(c, before=None, limit=1_000))) for c in chains)

    made: list[str] = []
    for method, path, body in _CALLS:
        before = count()
        address = Route(method, path).address(**ids)
        if not path.startswith(("/api/v1/projects", "/api/v1/auth")):
            address += f"?project_id={project_id}"
        answer = owner.browser.call(method, address, body)
        assert answer.status < 300, (method, path, answer.body)
        if path == "/api/v1/projects":
            made.append(answer.json["project_id"])
        assert count() == before + 1, (method, path)
    assert not second.is_signed_in
    chain = rows_of_nobodys_project(tenants)
    assert first_broken(chain) is None
    mine = [row.entry.action for row in chain if row.entry.actor_id == owner.user.user_id]
    assert mine == ["auth:end_session", "auth:set_password", "auth:logout"]


def test_ways_in_and_refusals_are_rows_of_no_project(open_server: Server, tenants: Tenants) -> None:
    user = tenants.add_user(PASSWORD)
    browser = Browser(open_server)
    assert browser.login(user.email, "not the password").status == 401
    assert browser.login(user.email, PASSWORD).status == 200
    assert browser.call("PUT", OWN_PASSWORD, {"new": "x" * 20, "current": "not the password"}).status == 400
    assert Browser(open_server).use_link(tenants.add_link(user.user_id)).status == 200
    assert Browser(open_server).login("nobody@example.com", "some password").status == 401
    rows = rows_of_nobodys_project(tenants)
    mine = [(row.entry.action, row.entry.after) for row in rows if row.entry.actor_id == user.user_id]
    assert mine == [
        ("auth:refused", {"email": user.email}), ("auth:login", {"by": "password"}),
        ("auth:refused", {"email": user.email}), ("auth:login", {"by": "link"}),
    ]  # fmt: skip
    assert [r.entry.actor_id for r in rows if r.entry.after.get("email") == "nobody@example.com"] == [""]
    assert not any(PASSWORD in str(row.entry) for row in rows)


def as_rows(project_id: str, log: list[dict[str, Any]]) -> list[AuditRow]:
    """Return rows as a reader of the export checks them."""
    names = set(AuditEntry.__struct_fields__) - {"at_us", "project_id"}
    return [
        AuditRow(
            number=row["number"],
            entry=AuditEntry(
                at_us=read_time_us(row["at"]), project_id=project_id, **{name: row[name] for name in names}
            ),
            hash=row["hash"],
        )
        for row in log
    ]  # fmt: skip
