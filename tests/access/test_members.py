"""Members through the API: who may change and take out whom, and that a project always has an owner."""

from __future__ import annotations

import itertools
from typing import Final

import pytest
from tests.access.people import Person
from tests.access.tenants import ROLES, Tenants
from tests.running import Server

from watchllm_server.model.project import Role

# Who may give or take which role.
GRANTS: Final[dict[Role, set[Role]]] = {
    "OWNER": set(ROLES), "ADMIN": {"MEMBER", "VIEWER"}, "MEMBER": set(), "VIEWER": set(), "BILLING": set(),
}  # fmt: skip


@pytest.fixture
def owner(open_server: Server, tenants: Tenants) -> Person:
    return Person(open_server, tenants)


@pytest.mark.parametrize(("own", "held"), list(itertools.product(ROLES, ROLES)))
def test_a_role_is_given_and_taken_as_the_table_says(
    open_server: Server, tenants: Tenants, owner: Person, own: Role, held: Role
) -> None:
    project_id = owner.make_project()
    who, whom = Person(open_server, tenants), Person(open_server, tenants)
    who.joins(tenants, project_id, own)
    whom.joins(tenants, project_id, held)
    path = f"/{project_id}/members/{whom.user.user_id}"
    now = held
    for wanted in ROLES:
        may = {now, wanted} <= GRANTS[own]
        assert who.call("PATCH", path, {"role": wanted}).status == (204 if may else 403), (own, now, wanted)
        now = wanted if may else now
    assert who.call("DELETE", path).status == (204 if now in GRANTS[own] else 403)


def test_a_raised_role_is_obeyed_at_once(open_server: Server, tenants: Tenants, owner: Person) -> None:
    project_id, reader = owner.make_project(), Person(open_server, tenants)
    reader.joins(tenants, project_id, "VIEWER")
    assert reader.call("GET", f"/{project_id}/api-keys").status == 403
    assert owner.call("PATCH", f"/{project_id}/members/{reader.user.user_id}", {"role": "ADMIN"}).status == 204
    assert reader.call("GET", f"/{project_id}/api-keys").status == 200
    assert owner.call("DELETE", f"/{project_id}/members/{reader.user.user_id}").status == 204
    assert reader.call("GET", f"/{project_id}/api-keys").status == 404


def test_the_last_owner_stays(open_server: Server, tenants: Tenants, owner: Person) -> None:
    project_id, second = owner.make_project(), Person(open_server, tenants)
    path = f"/{project_id}/members/{owner.user.user_id}"
    for answer in (owner.call("DELETE", path), owner.call("PATCH", path, {"role": "ADMIN"})):
        assert (answer.status, answer.json["error"]["code"]) == (409, "last_owner")
    second.joins(tenants, project_id, "OWNER")
    assert owner.call("DELETE", path).status == 204
    assert owner.call("GET", f"/{project_id}").status == 404


def test_anybody_may_leave(open_server: Server, tenants: Tenants, owner: Person) -> None:
    project_id = owner.make_project()
    for role in ("ADMIN", "MEMBER", "VIEWER", "BILLING"):
        leaver = Person(open_server, tenants)
        leaver.joins(tenants, project_id, role)
        assert leaver.call("DELETE", f"/{project_id}/members/{leaver.user.user_id}").status == 204
        assert leaver.call("GET", f"/{project_id}").status == 404


def test_a_viewer_sees_names_alone_and_nobody_sees_people_of_other_projects(
    open_server: Server, tenants: Tenants, owner: Person
) -> None:
    project_id, viewer, other = owner.make_project(), Person(open_server, tenants), Person(open_server, tenants)
    viewer.joins(tenants, project_id, "VIEWER")
    other.make_project()
    seen = viewer.call("GET", f"/{project_id}/members").json["data"]
    assert [(one["user_id"], one["email"]) for one in seen] == [
        (owner.user.user_id, None), (viewer.user.user_id, None),
    ]  # fmt: skip
    whole = owner.call("GET", f"/{project_id}/members").json["data"]
    assert [one["email"] for one in whole] == [owner.user.email, viewer.user.email]
    assert owner.call("PATCH", f"/{project_id}/members/{other.user.user_id}", {"role": "MEMBER"}).status == 404
