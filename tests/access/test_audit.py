"""The audit log: every change of the administration leaves one row that says who and what, and never a secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import orjson
from tests.access.people import Person
from tests.access.routes import described_routes
from tests.access.tenants import Tenants
from tests.running import Server

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
    assert [orjson.loads(line) for line in exported.splitlines()] == log[::-1]
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


def test_every_changing_route_of_the_administration_is_in_this_test(open_server: Server) -> None:
    changing = {
        (route.method, route.path) for route in described_routes(open_server)
        if route.path.startswith("/api/v1/projects") and route.method != "GET"
    }  # fmt: skip
    base = "/api/v1/projects/{project_id}"
    assert changing == {
        ("POST", "/api/v1/projects"), ("PATCH", base), ("DELETE", base), ("POST", f"{base}/restore"),
        ("POST", f"{base}/api-keys"), ("POST", f"{base}/api-keys/{{key_id}}/rotate"),
        ("DELETE", f"{base}/api-keys/{{key_id}}"), ("PATCH", f"{base}/members/{{user_id}}"),
        ("DELETE", f"{base}/members/{{user_id}}"), ("POST", f"{base}/invites"),
        ("DELETE", f"{base}/invites/{{invite_id}}"),
    }  # fmt: skip


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
