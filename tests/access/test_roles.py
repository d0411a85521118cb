"""The table of roles and scopes, asked of the real server for every route; a route without a row fails."""

from __future__ import annotations

import time
from typing import Final

import pytest
from tests.access.browser import Browser, ask
from tests.access.routes import ANONYMOUS, Route, described_routes
from tests.access.tenants import ROLES, Tenants
from tests.running import Server, wait_until

from watchllm_server.model.project import Role, Scope

READERS: Final = ("OWNER", "ADMIN", "MEMBER", "VIEWER")
MEMBERS: Final = ("OWNER", "ADMIN", "MEMBER")
ADMINS: Final = ("OWNER", "ADMIN")
SCOPES: Final[tuple[Scope, ...]] = ("ingest", "read", "prompts")
SELF: Final = ROLES
PROJECT: Final = "/api/v1/projects/{project_id}"
RESTORE: Final = f"{PROJECT}/restore"
# path → who may: roles of a member, scopes of a key.
TABLE: Final[dict[Route, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Route("GET", "/api/v1/traces"): (READERS, ("read",)),
    Route("GET", "/api/v1/traces/{trace_id}"): (READERS, ("read",)),
    Route("GET", "/api/v1/traces/{trace_id}/events/{event_id}/children"): (READERS, ("read",)),
    Route("GET", "/api/v1/traces/timeline"): (READERS, ("read",)),
    Route("GET", "/api/v1/stats/overview"): (READERS, ("read",)),
    Route("GET", "/api/v1/stats/timeseries"): (READERS, ("read",)),
    Route("GET", "/api/v1/stats/breakdown"): (READERS, ("read",)),
    Route("GET", "/api/v1/sessions"): (READERS, ("read",)),
    Route("GET", "/api/v1/sessions/{session_id}"): (READERS, ("read",)),
    Route("GET", "/api/v1/end-users"): (READERS, ("read",)),
    Route("GET", "/api/v1/end-users/{user_id}"): (READERS, ("read",)),
    Route("GET", "/api/v1/traces/{trace_id}/find"): (READERS, ("read",)),
    Route("GET", "/api/v1/traces/{trace_id}/scores"): (READERS, ("read",)),
    Route("GET", "/api/v1/views"): (SELF, ()),
    Route("POST", "/api/v1/views"): (SELF, ()),
    Route("PATCH", "/api/v1/views/{view_id}"): (SELF, ()),
    Route("DELETE", "/api/v1/views/{view_id}"): (SELF, ()),
    Route("GET", "/api/v1/search"): (READERS, ("read",)),
    Route("GET", "/api/v1/live"): (READERS, ("read",)),
    Route("GET", "/api/v1/export"): (MEMBERS, ("read",)),
    Route("GET", "/api/v1/fields"): (READERS, ("read",)),
    Route("GET", "/api/v1/values"): (READERS, ("read",)),
    Route("GET", "/api/v1/events"): (READERS, ("read",)),
    Route("GET", "/api/v1/events/{event_id}"): (READERS, ("read",)),
    Route("GET", "/api/v1/ledger"): (READERS, ("read",)),
    Route("GET", "/api/v1/where-is"): (READERS, ("read",)),
    Route("GET", "/api/v1/dead-letters"): (MEMBERS, ()),
    Route("GET", "/api/v1/dead-letters/{event_id}"): (MEMBERS, ()),
    Route("POST", "/api/v1/dead-letters/replay"): (ADMINS, ()),
    Route("POST", "/api/v1/dead-letters/discard"): (ADMINS, ()),
    Route("GET", "/api/v1/first-steps"): (("OWNER",), ()),
    Route("GET", "/api/v1/projects"): (SELF, ()),
    Route("POST", "/api/v1/projects"): (SELF, ()),
    Route("GET", f"{PROJECT}"): (SELF, ()),
    Route("PATCH", f"{PROJECT}"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/api-keys"): (ADMINS, ()),
    Route("POST", f"{PROJECT}/api-keys"): (ADMINS, ()),
    Route("POST", f"{PROJECT}/api-keys/{{key_id}}/rotate"): (ADMINS, ()),
    Route("DELETE", f"{PROJECT}/api-keys/{{key_id}}"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/members"): (READERS, ()),
    Route("PATCH", f"{PROJECT}/members/{{user_id}}"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/invites"): (ADMINS, ()),
    Route("POST", f"{PROJECT}/invites"): (ADMINS, ()),
    Route("DELETE", f"{PROJECT}/invites/{{invite_id}}"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/redaction"): (ADMINS, ()),
    Route("PUT", f"{PROJECT}/redaction"): (ADMINS, ()),
    Route("POST", f"{PROJECT}/redaction/try"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/deletions"): (ADMINS, ()),
    Route("DELETE", "/api/v1/traces/{trace_id}"): (ADMINS, ()),
    Route("DELETE", "/api/v1/end-users/{user_id}"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/audit"): (ADMINS, ()),
    Route("GET", f"{PROJECT}/audit/export"): (ADMINS, ()),
    Route("GET", "/api/v1/auth/me"): (SELF, ()),
    Route("GET", "/api/v1/auth/sessions"): (SELF, ()),
    Route("DELETE", "/api/v1/auth/sessions/{session_id}"): (SELF, ()),
    Route("PUT", "/api/v1/auth/password"): (SELF, ()),
    Route("POST", "/api/v1/auth/logout"): (SELF, ()),
    Route("POST", "/api/v1/events"): ((), ("ingest",)),
    Route("POST", "/api/v1/events/batch"): ((), ("ingest",)),
    Route("POST", "/v1/traces"): ((), ("ingest",)),
    Route("POST", "/v1/logs"): ((), ("ingest",)),
    Route("POST", "/v1/metrics"): ((), ("ingest",)),
    Route("POST", "/api/public/otel/v1/traces"): ((), ("ingest",)),
    Route("POST", "/otel/v1/traces"): ((), ("ingest",)),
    Route("POST", "/api/public/scores"): ((), ("ingest",)),
    Route("GET", "/api/public/projects"): ((), ("ingest",)),
    # The last ones asked: after them there is no project, or no member.
    Route("DELETE", f"{PROJECT}"): (("OWNER",), ()),
    Route("POST", RESTORE): (("OWNER",), ()),
    Route("DELETE", f"{PROJECT}/members/{{user_id}}"): (SELF, ()),
}
# What no stream of live events goes on from: it answers at once, and everything else ignores it.
NO_PLACE: Final = {"last_event_id": "none"}
# What a route answers to one who may, for ids that do not exist and a body that is none.
ALLOWED: Final = (200, 202, 204, 400, 404, 409)


@pytest.fixture
def project_id(tenants: Tenants) -> str:
    return tenants.add_project()


def test_every_route_has_a_row(open_server: Server) -> None:
    routes = {route for route in described_routes(open_server) if route.path not in ANONYMOUS}
    assert routes == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
def test_a_member_may_what_the_table_says(open_server: Server, tenants: Tenants, project_id: str, role: Role) -> None:
    user = tenants.add_user()
    deleted_id = tenants.add_project(is_deleted=True)
    for each in (project_id, deleted_id):
        tenants.add_member(each, user.user_id, role)
    for route, (roles, _) in TABLE.items():
        browser = Browser(open_server, tenants.add_session(user.user_id))
        of = deleted_id if route.path == RESTORE else project_id
        address = route.address(project_id=of, user_id=user.user_id)
        asked = address if route.path.startswith("/api/v1/projects") else f"{address}?project_id={project_id}"
        answer = browser.call(route.method, asked, {}, **NO_PLACE)
        if role in roles:
            assert answer.status in ALLOWED, (route, answer.body)
        else:
            # A cookie means nothing to the routes that events come in by.
            assert answer.status == (403 if roles or route.method == "GET" else 401), (route, answer.body)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_what_its_scope_says(open_server: Server, tenants: Tenants, project_id: str, scope: Scope) -> None:
    key = tenants.add_key(project_id, scope)
    for route, (_, scopes) in TABLE.items():
        address = route.address(project_id=project_id)
        answer = ask(open_server, address, b"{}", method=route.method, authorization=f"Bearer {key}", **NO_PLACE)
        if scope in scopes:
            assert answer.status in (*ALLOWED, 415, 422), (route, answer.body)
        elif route.path == "/api/v1/projects" or route.path.startswith("/api/v1/auth/"):
            assert answer.status == 401, route
        else:
            assert answer.status == 403, (route, answer.body)
            assert b"scope_missing" in answer.body or b"scope" in answer.body, route


def test_a_key_without_a_scope_may_nothing(open_server: Server, tenants: Tenants, project_id: str) -> None:
    key = tenants.add_key(project_id)
    for route in TABLE:
        address = route.address(project_id=project_id)
        answer = ask(open_server, address, b"{}", method=route.method, authorization=f"Bearer {key}")
        assert answer.status in (401, 403), route


def test_a_new_role_is_obeyed_within_a_second(open_server: Server, tenants: Tenants) -> None:
    project, user = tenants.add_project(), tenants.add_user()
    browser = Browser(open_server, tenants.add_session(user.user_id))
    address = f"/api/v1/traces?project_id={project}"
    assert browser.get(address).status == 404
    tenants.add_member(project, user.user_id, "VIEWER")
    began = time.monotonic()
    wait_until(lambda: browser.get(address).status == 200, timeout_s=1)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("path", ["/api/v1/traces", "/api/v1/events/batch"])
def test_a_revoked_key_is_refused_within_a_second(
    open_server: Server, tenants: Tenants, project_id: str, path: str
) -> None:
    key = tenants.add_key(project_id, "ingest", "read")
    method = "GET" if path.endswith("traces") else "POST"

    def status() -> int:
        return ask(open_server, path, b"[]", method=method, authorization=f"Bearer {key}").status

    assert status() in (200, 202, 400, 422)
    key_id = key.split("_")[1]
    tenants.change(lambda store: store.revoke_api_key(key_id, tenants.now_us()))
    began = time.monotonic()
    wait_until(lambda: status() == 401, timeout_s=2)
    assert time.monotonic() - began < 1


def test_a_removed_session_is_refused_at_once(open_server: Server, tenants: Tenants) -> None:
    browser = Browser(open_server, tenants.add_session("user_first"))
    assert browser.is_signed_in
    stored = tenants.find_session(browser.token)
    assert stored is not None
    tenants.change(lambda store: store.remove_session(stored.session_hash))
    assert not browser.is_signed_in


def test_an_expired_key_is_refused(open_server: Server, tenants: Tenants, project_id: str) -> None:
    key = tenants.add_key(project_id, "read", expires_at_us=tenants.now_us() - 1)
    answer = ask(open_server, "/api/v1/traces", method="GET", authorization=f"Bearer {key}")
    assert answer.status == 401
