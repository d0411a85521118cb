"""Invites: by link, for one address and one role, used once; and what a stranger learns from them."""

from __future__ import annotations

import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from tests.access.browser import Browser
from tests.access.people import Person
from tests.access.tenants import Tenants
from tests.ingest.calls import Answer
from tests.running import Server

ACCEPT = "/api/v1/auth/invites/accept"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def owner(open_server: Server, tenants: Tenants) -> Person:
    return Person(open_server, tenants)


@pytest.fixture
def project_id(owner: Person) -> str:
    return owner.make_project()


def address() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def invite(owner: Person, project_id: str, email: str, role: str = "VIEWER") -> dict[str, Any]:
    answer = owner.call("POST", f"/{project_id}/invites", {"email": email, "role": role})
    assert answer.status == 201, answer.body
    return answer.json


def accept(browser: Browser, link: str, **account: str) -> Answer:
    return browser.call("POST", ACCEPT, {"token": link.removeprefix("/auth/invite/"), **account})


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def test_a_new_person_comes_in_by_the_link_and_is_signed_in(
    open_server: Server, owner: Person, project_id: str
) -> None:
    email, browser = address(), Browser(open_server)
    made = invite(owner, project_id, email, "MEMBER")
    assert refused(accept(browser, made["link"])) == (400, "account_needed")
    assert refused(accept(browser, made["link"], name="Bob", password="short")) == (400, "bad_request")
    accepted = accept(browser, made["link"], name="Bob", password=PASSWORD)
    assert accepted.status == 200, accepted.body
    assert accepted.json["projects"] == [{"project_id": project_id, "name": "first", "role": "MEMBER"}]
    assert browser.is_signed_in
    assert Browser(open_server).login(email, PASSWORD).status == 200
    members = owner.call("GET", f"/{project_id}/members").json["data"]
    assert [(one["email"], one["role"]) for one in members][1:] == [(email, "MEMBER")]
    assert refused(accept(Browser(open_server), made["link"], name="Eve", password=PASSWORD)) == (401, "bad_invite")
    assert owner.call("GET", f"/{project_id}/invites").json["data"] == []
    assert [row["action"] for row in owner.audit(project_id)][1:] == ["members:invite", "members:accept"]


def test_one_with_an_account_accepts_when_signed_in_with_it(
    open_server: Server, tenants: Tenants, owner: Person, project_id: str
) -> None:
    known, other = Person(open_server, tenants), Person(open_server, tenants)
    made = invite(owner, project_id, known.user.email.upper())
    assert refused(accept(Browser(open_server), made["link"], name="Eve", password=PASSWORD)) == (401, "sign_in_first")
    assert refused(accept(other.browser, made["link"])) == (403, "other_account")
    assert accept(known.browser, made["link"]).status == 200
    assert known.call("GET", f"/{project_id}").json["role"] == "VIEWER"


def test_who_is_a_member_already_stays_what_they_are(
    open_server: Server, tenants: Tenants, owner: Person, project_id: str
) -> None:
    known = Person(open_server, tenants)
    known.joins(tenants, project_id, "MEMBER")
    made = invite(owner, project_id, known.user.email)
    assert refused(accept(known.browser, made["link"])) == (409, "conflict")
    assert known.call("GET", f"/{project_id}").json["role"] == "MEMBER"


def test_of_many_who_accept_at_once_one_comes_in(open_server: Server, owner: Person, project_id: str) -> None:
    made = invite(owner, project_id, address())

    def come(n: int) -> int:
        return accept(Browser(open_server), made["link"], name=f"n{n}", password=PASSWORD).status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(come, range(4)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 401, 409}
    assert len(owner.call("GET", f"/{project_id}/members").json["data"]) == 2


def test_a_second_invite_takes_the_place_of_the_first_and_one_taken_back_is_worth_nothing(
    open_server: Server, owner: Person, project_id: str
) -> None:
    email = address()
    first, second = invite(owner, project_id, email), invite(owner, project_id, email.upper(), "MEMBER")
    assert refused(accept(Browser(open_server), first["link"])) == (401, "bad_invite")
    (waiting,) = owner.call("GET", f"/{project_id}/invites").json["data"]
    assert (waiting["invite_id"], waiting["role"]) == (second["invite_id"], "MEMBER")
    assert owner.call("DELETE", f"/{project_id}/invites/{second['invite_id']}").status == 204
    assert owner.call("DELETE", f"/{project_id}/invites/{second['invite_id']}").status == 404
    assert refused(accept(Browser(open_server), second["link"])) == (401, "bad_invite")


def test_an_invite_to_a_deleted_project_or_after_its_time_is_worth_nothing(
    open_server: Server, owner: Person, project_id: str
) -> None:
    late, gone = invite(owner, project_id, address()), invite(owner, project_id, address())
    with closing(sqlite3.connect(open_server.data_dir / "metadata.db", isolation_level=None)) as database:
        database.execute("UPDATE invites SET expires_at_us = 1 WHERE invite_id = ?", (late["invite_id"],))
    assert refused(accept(Browser(open_server), late["link"])) == (401, "bad_invite")
    assert owner.call("DELETE", f"/{project_id}").status == 204
    assert refused(accept(Browser(open_server), gone["link"])) == (401, "bad_invite")


def test_an_admin_invites_members_and_viewers_alone(
    open_server: Server, tenants: Tenants, owner: Person, project_id: str
) -> None:
    admin = Person(open_server, tenants)
    admin.joins(tenants, project_id, "ADMIN")
    for role, status in {"OWNER": 403, "ADMIN": 403, "BILLING": 403, "MEMBER": 201, "VIEWER": 201}.items():
        answer = admin.call("POST", f"/{project_id}/invites", {"email": address(), "role": role})
        assert answer.status == status, role


def test_inviting_says_nothing_about_whether_an_address_has_an_account(
    open_server: Server, tenants: Tenants, owner: Person, project_id: str
) -> None:
    known = Person(open_server, tenants).user.email
    answers = [invite(owner, project_id, email) for email in (known, address())]
    assert sorted(answers[0]) == sorted(answers[1])


@pytest.mark.parametrize("email", ["", "a", "a@", "@b", "a b@c", "a@b\nc", "a@b@c", "a" * 250 + "@b.cd"])
def test_an_address_that_is_none_is_refused(owner: Person, project_id: str, email: str) -> None:
    assert owner.call("POST", f"/{project_id}/invites", {"email": email, "role": "VIEWER"}).status == 400


def test_no_link_is_in_the_file(open_server: Server, owner: Person, project_id: str) -> None:
    token = invite(owner, project_id, address())["link"].rpartition("/")[2].encode()
    for path in open_server.data_dir.glob("metadata.db*"):
        assert token not in path.read_bytes()
