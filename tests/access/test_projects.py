"""Projects through the API: made, changed, deleted, restored, and what everybody else sees of that."""

from __future__ import annotations

import pytest
from tests.access.browser import ask, without_request_id
from tests.access.people import Person
from tests.access.routes import described_routes
from tests.access.tenants import Tenants
from tests.running import Server, wait_until


@pytest.fixture
def owner(open_server: Server, tenants: Tenants) -> Person:
    return Person(open_server, tenants)


def test_who_makes_a_project_owns_it_and_nobody_else_sees_it(
    open_server: Server, tenants: Tenants, owner: Person
) -> None:
    project_id = owner.make_project("  Überweisung 付款 ")
    (mine,) = owner.call("GET", "").json["data"]
    assert (mine["project_id"], mine["name"], mine["role"]) == (project_id, "Überweisung 付款", "OWNER")
    stranger = Person(open_server, tenants)
    assert stranger.call("GET", "").json["data"] == []
    missing = stranger.call("GET", "/proj_missing")
    assert (stranger.call("GET", f"/{project_id}").status, missing.status) == (404, 404)
    assert stranger.call("GET", f"/{project_id}").json == missing.json


@pytest.mark.parametrize("body", [
    {}, {"name": ""}, {"name": " "}, {"name": "a\nb"}, {"name": "a" * 101}, {"name": 5}, {"name": "a", "role": "OWNER"},
    {"name": "a", "project_id": "proj_first"}, {"name": "a", "description": "d" * 1_001}, [],
])  # fmt: skip
def test_a_project_that_cannot_be_is_refused(owner: Person, body: object) -> None:
    answer = owner.call("POST", "", body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "bad_parameter")


def test_a_change_changes_what_it_names(owner: Person) -> None:
    project_id = owner.make_project()
    assert owner.call("PATCH", f"/{project_id}", {"description": "what for"}).json["name"] == "first"
    changed = owner.call("PATCH", f"/{project_id}", {"name": "second"}).json
    assert (changed["name"], changed["description"]) == ("second", "what for")
    for protected in ("project_id", "created_at", "role", "deleted_at"):
        assert owner.call("PATCH", f"/{project_id}", {protected: "x"}).status == 400


def test_a_deleted_project_is_gone_for_people_and_keys_until_it_is_restored(
    open_server: Server, tenants: Tenants, owner: Person
) -> None:
    project_id = owner.make_project()
    key = tenants.add_key(project_id, "ingest", "read")

    def status_of_key() -> int:
        return ask(open_server, "/api/v1/traces", authorization=f"Bearer {key}").status

    assert status_of_key() == 200
    assert owner.call("DELETE", f"/{project_id}").status == 204
    wait_until(lambda: status_of_key() == 401, timeout_s=1)
    assert owner.call("GET", "").json["data"] == []
    assert owner.call("GET", f"/{project_id}").status == 404
    assert owner.browser.get(f"/api/v1/traces?project_id={project_id}").status == 404
    assert owner.call("DELETE", f"/{project_id}").status == 404
    (deleted,) = owner.call("GET", "?deleted=true").json["data"]
    assert deleted["project_id"] == project_id
    assert deleted["deleted_at"] < deleted["restorable_until"]
    assert Person(open_server, tenants).call("POST", f"/{project_id}/restore").status == 404
    assert owner.call("POST", f"/{project_id}/restore").json["deleted_at"] is None
    wait_until(lambda: status_of_key() == 200, timeout_s=2)
    assert owner.call("POST", f"/{project_id}/restore").status == 404


def test_for_billing_a_project_is_a_name(open_server: Server, tenants: Tenants, owner: Person) -> None:
    project_id = owner.make_project("a name")
    accountant = Person(open_server, tenants)
    accountant.joins(tenants, project_id, "BILLING")
    seen = accountant.call("GET", f"/{project_id}").json
    assert (seen["name"], seen["description"], seen["created_at"]) == ("a name", None, None)


def test_where_people_may_not_make_projects_they_are_told_so(fresh_server: Server) -> None:
    fresh_server.environment["WATCHLLM_USERS_MAY_MAKE_PROJECTS"] = "false"
    fresh_server.start()
    tenants = Tenants(fresh_server)
    assert Person(fresh_server, tenants).call("POST", "", {"name": "mine"}).status == 403


def test_all_of_the_administration_of_another_project_answers_as_of_a_missing_one(
    open_server: Server, tenants: Tenants, owner: Person
) -> None:
    owner.make_project()
    theirs = Person(open_server, tenants).make_project()
    routes = [route for route in described_routes(open_server) if route.path.startswith("/api/v1/projects/")]
    assert len(routes) > 10
    for route in routes:
        answers = [
            owner.browser.call(route.method, route.address(project_id=project_id), {})
            for project_id in (theirs, "proj_missing")
        ]
        assert answers[0].status == 404, route
        assert without_request_id(answers[0]) == without_request_id(answers[1]), route
