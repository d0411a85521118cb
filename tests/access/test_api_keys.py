"""API keys through the API: shown once, scoped, rotated with an overlap, revoked; and none of it for other projects."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from tests.access.browser import ask
from tests.access.people import Person
from tests.access.tenants import Tenants
from tests.running import Server, wait_until

KEY = re.compile(r"wl_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")


@pytest.fixture
def owner(open_server: Server, tenants: Tenants) -> Person:
    return Person(open_server, tenants)


@pytest.fixture
def keys(owner: Person) -> str:
    return f"/{owner.make_project()}/api-keys"


def status_with(server: Server, key: str) -> int:
    return ask(server, "/api/v1/traces", authorization=f"Bearer {key}").status


def test_a_key_is_shown_once_and_works_at_once(open_server: Server, owner: Person, keys: str) -> None:
    made = owner.call("POST", keys, {"name": "ci", "scopes": ["read", "read"], "expires_in_days": 1})
    assert made.status == 201
    assert KEY.fullmatch(made.json["key"])
    assert made.json["scopes"] == ["read"]
    assert status_with(open_server, made.json["key"]) == 200
    listed = owner.call("GET", keys)
    assert made.json["key"] not in listed.body.decode()
    (shown,) = listed.json["data"]
    assert {**shown, "key": made.json["key"], "last_used_at": None} == made.json
    ends_in = datetime.fromisoformat(shown["expires_at"]) - datetime.fromisoformat(shown["created_at"])
    assert abs(ends_in - timedelta(days=1)) < timedelta(seconds=1)


def test_a_used_key_says_when(open_server: Server, owner: Person, keys: str) -> None:
    key = owner.call("POST", keys, {"name": "used", "scopes": ["read"]}).json["key"]
    assert owner.call("GET", keys).json["data"][0]["last_used_at"] is None
    assert status_with(open_server, key) == 200
    wait_until(lambda: owner.call("GET", keys).json["data"][0]["last_used_at"], timeout_s=2)


@pytest.mark.parametrize("body", [
    {"name": "a"}, {"name": "a", "scopes": []}, {"name": "a", "scopes": ["admin"]}, {"scopes": ["read"]},
    {"name": "a", "scopes": ["read"], "expires_in_days": 0}, {"name": "a", "scopes": ["read"], "expires_in_days": 3651},
    {"name": "a", "scopes": ["read"], "project_id": "proj_first"}, {"name": "a", "scopes": ["read"], "key": "wl_mine"},
])  # fmt: skip
def test_a_key_that_cannot_be_is_refused(owner: Person, keys: str, body: object) -> None:
    answer = owner.call("POST", keys, body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "bad_parameter")


def test_a_revoked_key_ends_within_a_second_and_stays_listed(open_server: Server, owner: Person, keys: str) -> None:
    made = owner.call("POST", keys, {"name": "short", "scopes": ["read"]}).json
    assert status_with(open_server, made["key"]) == 200
    assert owner.call("DELETE", f"{keys}/{made['key_id']}").status == 204
    wait_until(lambda: status_with(open_server, made["key"]) == 401, timeout_s=1)
    assert owner.call("DELETE", f"{keys}/{made['key_id']}").status == 404
    assert owner.call("POST", f"{keys}/{made['key_id']}/rotate", {}).status == 404
    assert owner.call("GET", keys).json["data"][0]["state"] == "revoked"


def test_a_rotated_key_and_its_successor_work_beside_each_other(open_server: Server, owner: Person, keys: str) -> None:
    old = owner.call("POST", keys, {"name": "service", "scopes": ["read"]}).json
    new = owner.call("POST", f"{keys}/{old['key_id']}/rotate", {"overlap_hours": 1}).json
    assert (new["name"], new["scopes"], new["expires_at"]) == ("service", ["read"], None)
    assert [status_with(open_server, one["key"]) for one in (old, new)] == [200, 200]
    listed = {one["key_id"]: one for one in owner.call("GET", keys).json["data"]}
    assert listed[old["key_id"]]["expires_at"] is not None
    last = owner.call("POST", f"{keys}/{new['key_id']}/rotate", {"overlap_hours": 0}).json
    wait_until(lambda: status_with(open_server, new["key"]) == 401, timeout_s=1)
    assert status_with(open_server, last["key"]) == 200
    assert owner.call("POST", f"{keys}/{new['key_id']}/rotate", {}).status == 409


def test_no_key_of_another_project_is_reached(open_server: Server, tenants: Tenants, owner: Person, keys: str) -> None:
    other = Person(open_server, tenants)
    others = f"/{other.make_project()}/api-keys"
    made = other.call("POST", others, {"name": "theirs", "scopes": ["read"]}).json
    missing = owner.call("DELETE", f"{keys}/000000000000")
    for method, path in (("DELETE", ""), ("POST", "/rotate")):
        answer = owner.call(method, f"{keys}/{made['key_id']}{path}", {})
        assert (answer.status, answer.json) == (404, missing.json)
        assert owner.call(method, f"{others}/{made['key_id']}{path}", {}).status == 404
    assert status_with(open_server, made["key"]) == 200


def test_there_are_as_many_keys_as_the_setting_says(fresh_server: Server) -> None:
    fresh_server.environment["WATCHLLM_API_KEYS_MAX"] = "2"
    fresh_server.start()
    owner = Person(fresh_server, Tenants(fresh_server))
    keys = f"/{owner.make_project()}/api-keys"
    made = [owner.call("POST", keys, {"name": f"k{n}", "scopes": ["read"]}) for n in range(3)]
    assert [one.status for one in made] == [201, 201, 409]
    assert owner.call("DELETE", f"{keys}/{made[0].json['key_id']}").status == 204
    assert owner.call("POST", keys, {"name": "again", "scopes": ["read"]}).status == 201
