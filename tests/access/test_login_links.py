"""The one-time login link: a way in without a password, once, for fifteen minutes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.access.browser import LINK, Browser, without_request_id
from tests.access.tenants import Tenants
from tests.running import Server


def test_a_link_signs_its_user_in_once(open_server: Server, tenants: Tenants) -> None:
    user = tenants.add_user()
    token = tenants.add_link(user.user_id)
    first, second = Browser(open_server), Browser(open_server)
    assert first.use_link(token).json["user"]["user_id"] == user.user_id
    assert first.is_signed_in
    answer = second.use_link(token)
    assert (answer.status, answer.code) == (401, "bad_link")
    assert not second.is_signed_in


def test_of_many_that_use_a_link_at_once_one_is_signed_in(open_server: Server, tenants: Tenants) -> None:
    token = tenants.add_link("user_first")
    browsers = [Browser(open_server) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        used = [pool.submit(browser.use_link, token) for browser in browsers]
    statuses = sorted(future.result().status for future in used)
    assert statuses == [200] + [401] * 7


def test_used_expired_and_invented_links_get_the_same_answer(open_server: Server, tenants: Tenants) -> None:
    used = tenants.add_link("user_first")
    Browser(open_server).use_link(used)
    expired = tenants.add_link("user_first", lasts_s=-0.001)
    answers = [without_request_id(Browser(open_server).use_link(token)) for token in (used, expired, "x" * 43, "")]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 401


def test_a_link_is_used_by_posting_it_never_by_opening_an_address(open_server: Server, tenants: Tenants) -> None:
    # A mail scanner or a preview opens every address it sees: that must not use the link up.
    token = tenants.add_link("user_first")
    browser = Browser(open_server)
    assert "set-cookie" not in browser.get(f"/auth/link/{token}").headers
    assert browser.get(f"{LINK}?token={token}").status == 405
    assert browser.use_link(token).status == 200


@pytest.mark.parametrize("body", [{}, {"token": 5}, {"token": "x" * 257}, {"token": "x", "user_id": "user_first"}])
def test_a_body_of_another_shape_is_refused(open_server: Server, body: object) -> None:
    answer = Browser(open_server).call("POST", LINK, body)
    assert (answer.status, answer.code) == (400, "bad_parameter")


def test_signing_in_by_link_ends_the_session_that_the_browser_had(open_server: Server, tenants: Tenants) -> None:
    browser = Browser(open_server, tenants.add_session("user_first"))
    before = browser.token
    browser.use_link(tenants.add_link("user_first"))
    assert browser.token != before
    assert not Browser(open_server, before).is_signed_in
