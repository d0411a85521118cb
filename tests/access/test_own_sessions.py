"""Where one is signed in: one's own sessions alone, and signing out anywhere."""

from __future__ import annotations

from tests.access.browser import Browser
from tests.access.tenants import Tenants
from tests.running import Server

SESSIONS = "/api/v1/auth/sessions"


def test_one_sees_the_own_sessions_and_ends_any_of_them(open_server: Server, tenants: Tenants) -> None:
    user, other = tenants.add_user(), tenants.add_user()
    here, there = (Browser(open_server, tenants.add_session(user.user_id)) for _ in range(2))
    stranger = Browser(open_server, tenants.add_session(other.user_id))
    mine = here.get(SESSIONS).json["data"]
    assert sorted(one["is_current"] for one in mine) == [False, True]
    (elsewhere,) = (one["session_id"] for one in mine if not one["is_current"])
    assert stranger.call("DELETE", f"{SESSIONS}/{elsewhere}").status == 404
    assert there.is_signed_in
    assert here.call("DELETE", f"{SESSIONS}/{elsewhere}").status == 204
    assert not there.is_signed_in
    assert here.call("DELETE", f"{SESSIONS}/{elsewhere}").status == 404
    assert len(here.get(SESSIONS).json["data"]) == 1


def test_a_session_that_is_over_is_not_shown(open_server: Server, tenants: Tenants) -> None:
    user = tenants.add_user()
    browser = Browser(open_server, tenants.add_session(user.user_id))
    tenants.add_session(user.user_id, lasts_s=-1)
    tenants.add_session(user.user_id, seen_s=13 * 3600)
    assert len(browser.get(SESSIONS).json["data"]) == 1


def test_what_is_shown_of_a_session_signs_nobody_in(open_server: Server, tenants: Tenants) -> None:
    user = tenants.add_user()
    browser = Browser(open_server, tenants.add_session(user.user_id))
    (shown,) = browser.get(SESSIONS).json["data"]
    assert not Browser(open_server, shown["session_id"]).is_signed_in
    assert browser.token not in str(shown)
