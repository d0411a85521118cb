"""Signing in by password: the right one opens, a wrong one says nothing, and a session ends when it should."""

from __future__ import annotations

import secrets
import statistics
import time
from typing import Any

import pytest
from tests.access.browser import LOGIN, LOGOUT, ME, OWN_PASSWORD, Browser, cookie_of, without_request_id
from tests.access.tenants import Tenants
from tests.running import EMAIL, PASSWORD, PROJECT_ID, Server

NEW = "an entirely different passphrase"


@pytest.fixture
def browser(open_server: Server) -> Browser:
    return Browser(open_server)


def test_the_first_user_signs_in_and_sees_the_own_projects(browser: Browser) -> None:
    answer = browser.login()
    assert answer.status == 200
    assert answer.json["user"] == {"user_id": "user_first", "email": EMAIL, "name": "ada", "has_password": True}
    assert [(p["project_id"], p["role"]) for p in answer.json["projects"]] == [(PROJECT_ID, "OWNER")]
    assert browser.get(ME).json == answer.json
    assert browser.get("/api/v1/traces").status == 200


def test_the_address_is_read_in_any_case(browser: Browser) -> None:
    assert browser.login(EMAIL.upper()).status == 200


def test_an_answer_never_carries_what_is_stored_of_the_password(browser: Browser) -> None:
    assert b"argon2" not in browser.login().body + browser.get(ME).body


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(browser: Browser) -> None:
    wrong = browser.login(EMAIL, "wrong password!")
    unknown = browser.login(f"{secrets.token_hex(4)}@example.com", "wrong password!")
    assert wrong.status == 401
    assert wrong.code == "bad_login"
    assert without_request_id(wrong) == without_request_id(unknown)
    assert not browser.is_signed_in
    browser.login()


def test_a_user_without_a_password_cannot_sign_in_by_one(browser: Browser, tenants: Tenants) -> None:
    user = tenants.add_user()
    assert [browser.login(user.email, password).status for password in ("", "x", "argon2")] == [401] * 3


def test_an_unknown_address_is_about_the_same_work(open_server: Server, tenants: Tenants) -> None:
    def seconds(email: str) -> float:
        began = time.perf_counter()
        assert Browser(open_server).login(email, "wrong password!").status == 401
        return time.perf_counter() - began

    known: list[float] = []
    unknown: list[float] = []
    # Each account takes four attempts before its limit, so several are used.
    for user in [tenants.add_user(PASSWORD) for _ in range(4)]:
        for _ in range(4):
            known.append(seconds(user.email))
            unknown.append(seconds(f"{secrets.token_hex(5)}@example.com"))
    # Without the work for unknown addresses they answer in a tenth of the time.
    assert 0.6 < statistics.median(known) / statistics.median(unknown) < 1.7


BODIES: list[Any] = [
    pytest.param({}, id="nothing"),
    pytest.param([], id="a-list"),
    pytest.param({"email": EMAIL}, id="no-password"),
    pytest.param({"email": [EMAIL], "password": PASSWORD}, id="a-list-of-addresses"),
    pytest.param({"email": EMAIL, "password": {"$ne": ""}}, id="an-object-as-password"),
    pytest.param({"email": EMAIL, "password": None}, id="null"),
    pytest.param({"email": EMAIL, "password": PASSWORD, "role": "OWNER"}, id="an-unknown-field"),
    pytest.param({"email": EMAIL, "password": "x" * 257}, id="too-long"),
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_of_another_shape_is_refused_before_any_work(browser: Browser, body: object) -> None:
    answer = browser.call("POST", LOGIN, body)
    assert (answer.status, answer.code) == (400, "bad_parameter")
    assert "set-cookie" not in answer.headers


def test_a_password_is_never_read_from_the_address(browser: Browser) -> None:
    assert browser.call("POST", f"{LOGIN}?email={EMAIL}&password=secret").status == 400
    assert browser.call("GET", f"{LOGIN}?email={EMAIL}&password=secret").status == 405


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    cookie = cookie_of(browser.login())
    assert cookie is not None
    assert len(cookie.value) == 43
    assert cookie["httponly"]
    assert (cookie["samesite"].lower(), cookie["path"], cookie["domain"]) == ("lax", "/", "")
    assert int(cookie["max-age"]) == 7 * 86_400


def test_the_store_knows_a_session_only_by_its_hash(browser: Browser, tenants: Tenants) -> None:
    browser.login()
    stored = tenants.find_session(browser.token)
    assert stored is not None
    assert stored.expires_at_us - stored.created_at_us == 7 * 86_400 * 1_000_000
    dumped = b"".join(path.read_bytes() for path in browser.server.data_dir.glob("metadata.db*"))
    assert stored.session_hash.encode() in dumped
    assert browser.token.encode() not in dumped
    assert browser.server.api_key.encode() not in dumped
    assert PASSWORD.encode() not in dumped


def test_a_login_gives_a_new_cookie_and_ends_the_one_before(browser: Browser) -> None:
    browser.login()
    before = browser.token
    browser.login()
    assert browser.token != before
    assert not Browser(browser.server, before).is_signed_in
    assert browser.is_signed_in


def test_a_cookie_that_was_planted_is_never_the_session(browser: Browser) -> None:
    browser.token = planted = "a" * 43
    browser.login()
    assert browser.token != planted
    assert not Browser(browser.server, planted).is_signed_in


def test_after_signing_out_the_cookie_is_worth_nothing(browser: Browser) -> None:
    browser.login()
    before = browser.token
    answer = browser.call("POST", LOGOUT)
    assert answer.status == 204
    cookie = cookie_of(answer)
    assert cookie is not None
    assert (cookie.value, cookie["max-age"]) == ("", "0")
    assert not Browser(browser.server, before).is_signed_in


def test_signing_out_ends_this_browser_alone(browser: Browser) -> None:
    other = Browser(browser.server)
    browser.login()
    other.login()
    browser.call("POST", LOGOUT)
    assert other.is_signed_in


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 5_000, "%00", "session", "../../etc/passwd"])
def test_a_cookie_that_we_did_not_give_is_nobody(open_server: Server, token: str) -> None:
    answer = Browser(open_server, token).get(ME)
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("seen_s", "lasts_s", "is_signed_in"),
    [
        pytest.param(0, 60, True, id="fresh"),
        pytest.param(12 * 3600 - 60, 60, True, id="idle-almost-twelve-hours"),
        pytest.param(12 * 3600 + 1, 60, False, id="idle-for-twelve-hours"),
        pytest.param(0, -1, False, id="older-than-its-end"),
    ],
)
def test_a_session_ends_unused_or_old(
    open_server: Server, tenants: Tenants, seen_s: float, lasts_s: float, is_signed_in: bool
) -> None:
    token = tenants.add_session("user_first", seen_s=seen_s, lasts_s=lasts_s)
    assert Browser(open_server, token).is_signed_in is is_signed_in


def test_being_seen_keeps_a_session_open_but_not_beyond_its_end(open_server: Server, tenants: Tenants) -> None:
    token = tenants.add_session("user_first", seen_s=3_600, lasts_s=600)
    before = tenants.find_session(token)
    assert Browser(open_server, token).is_signed_in
    after = tenants.find_session(token)
    assert before is not None
    assert after is not None
    assert after.last_seen_us - before.last_seen_us > 3_500 * 1_000_000
    assert after.expires_at_us == before.expires_at_us


def test_a_new_password_ends_every_other_session_and_link(open_server: Server, tenants: Tenants) -> None:
    user = tenants.add_user(PASSWORD)
    here, elsewhere = Browser(open_server), Browser(open_server)
    here.login(user.email)
    elsewhere.login(user.email)
    link, before = tenants.add_link(user.user_id), here.token
    answer = here.call("PUT", OWN_PASSWORD, {"current": PASSWORD, "new": NEW})
    assert answer.status == 200
    assert here.is_signed_in
    assert here.token != before
    assert not elsewhere.is_signed_in
    assert Browser(open_server).use_link(link).status == 401
    assert Browser(open_server).login(user.email, PASSWORD).status == 401
    assert Browser(open_server).login(user.email, NEW).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"current": "wrong password!", "new": NEW}, "bad_login", id="wrong-current"),
        pytest.param({"new": NEW}, "bad_login", id="no-current"),
        pytest.param({"current": PASSWORD, "new": "short"}, "bad_request", id="too-short"),
        pytest.param({"current": PASSWORD, "new": "password1234"}, "bad_request", id="common"),
        pytest.param({"current": PASSWORD, "new": NEW, "user_id": "user_first"}, "bad_parameter", id="for-another"),
    ],
)
def test_a_refused_new_password_changes_nothing(open_server: Server, tenants: Tenants, body: object, code: str) -> None:
    user = tenants.add_user(PASSWORD)
    browser = Browser(open_server)
    browser.login(user.email)
    answer = browser.call("PUT", OWN_PASSWORD, body)
    assert (answer.status, answer.code) == (400, code)
    assert browser.is_signed_in
    assert Browser(open_server).login(user.email).status == 200


def test_a_key_is_nobody_who_could_have_a_password(open_server: Server) -> None:
    for method, path in (("GET", ME), ("PUT", OWN_PASSWORD), ("POST", LOGOUT)):
        answer = Browser(open_server).call(method, path, {"new": NEW}, authorization=f"Bearer {open_server.api_key}")
        assert answer.status == 401
