"""Another site's page in the same browser changes nothing and signs nobody in; another host name gets no answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.access.browser import LOGIN, LOGOUT, Browser, ask
from tests.access.tenants import Tenants
from tests.ingest.calls import BATCH, log_event, new_id, send_json
from tests.running import EMAIL, PASSWORD, Server

FOREIGN: list[Any] = [
    pytest.param({"sec_fetch_site": "cross-site"}, id="cross-site"),
    pytest.param({"sec_fetch_site": "same-site"}, id="another-host-of-the-site"),
    pytest.param({"sec_fetch_site": "none"}, id="typed-by-the-user"),
    pytest.param({"sec_fetch_site": "Same-Origin"}, id="not-a-browsers-spelling"),
    pytest.param({"sec_fetch_site": "cross-site", "origin": "ours"}, id="our-origin-claimed-from-elsewhere"),
    pytest.param({"sec_fetch_site": None, "origin": "https://evil.example"}, id="another-origin"),
    pytest.param({"sec_fetch_site": None, "origin": "null"}, id="null-origin"),
    pytest.param({"sec_fetch_site": None, "origin": "ours.evil.example"}, id="our-origin-as-a-prefix"),
    pytest.param({"sec_fetch_site": None, "origin": "http://["}, id="not-an-origin"),
    pytest.param({"sec_fetch_site": None, "origin": ""}, id="empty-origin"),
]


def spelled(server: Server, headers: dict[str, str | None]) -> dict[str, str | None]:
    """Put the server's own origin where a case says `ours`."""
    return {name: value and value.replace("ours", server.base_url) for name, value in headers.items()}


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_cannot_use_the_cookie(
    open_server: Server, tenants: Tenants, headers: dict[str, str | None]
) -> None:
    browser = Browser(open_server, tenants.add_session("user_first"))
    answer = browser.call("POST", LOGOUT, **spelled(open_server, headers))
    assert (answer.status, answer.code) == (403, "cross_site")
    assert browser.is_signed_in


def test_the_cookie_with_neither_origin_nor_site_is_refused(open_server: Server, tenants: Tenants) -> None:
    browser = Browser(open_server, tenants.add_session("user_first"))
    assert browser.call("POST", LOGOUT, sec_fetch_site=None).code == "cross_site"
    assert browser.is_signed_in


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_cannot_sign_a_browser_in_as_someone_else(
    open_server: Server, headers: dict[str, str | None]
) -> None:
    answer = Browser(open_server).login(**spelled(open_server, headers))
    assert (answer.status, answer.code) == (403, "cross_site")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_another_site_is_no_json(open_server: Server, content_type: str) -> None:
    body = f'{{"email": "{EMAIL}", "password": "{PASSWORD}"}}'.encode()
    answer = ask(open_server, LOGIN, body, method="POST", authorization=None, content_type=content_type)
    assert answer.status == 400
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec_fetch_site": "same-origin"}, id="a-browser-that-says-so"),
        pytest.param({"sec_fetch_site": None, "origin": "ours"}, id="an-older-browser"),
    ],
)
def test_our_own_page_may(open_server: Server, tenants: Tenants, headers: dict[str, str | None]) -> None:
    browser = Browser(open_server, tenants.add_session("user_first"))
    assert browser.call("POST", LOGOUT, **spelled(open_server, headers)).status == 204


def test_a_program_without_a_browser_may_sign_in(open_server: Server) -> None:
    assert Browser(open_server).login(sec_fetch_site=None).status == 200


def test_a_key_without_a_cookie_may_come_from_any_site_and_with_one_not(open_server: Server, tenants: Tenants) -> None:
    elsewhere = {"origin": "https://shop.example", "sec_fetch_site": "cross-site"}
    assert send_json(open_server, BATCH, [log_event(new_id())], **elsewhere).status == 202
    with_cookie = {**elsewhere, "cookie": f"session={tenants.add_session('user_first')}"}
    assert send_json(open_server, BATCH, [log_event(new_id())], **with_cookie).code == "cross_site"


def test_no_site_is_allowed_to_read_what_the_cookie_opens(open_server: Server, tenants: Tenants) -> None:
    browser = Browser(open_server, tenants.add_session("user_first"))
    for method in ("GET", "OPTIONS"):
        answer = browser.call(
            method, "/api/v1/traces", origin="https://evil.example", access_control_request_method="GET"
        )
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/livez", "/api/v1/traces", "/docs", "/api/v1/nothing"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example:{port}", "2130706433",
     "127.0.0.2", "localhost:80:80", "", "[::1", "localhost@evil.example", "ünï.example", "testserver"],
)  # fmt: skip
def test_another_host_name_gets_no_answer(open_server: Server, path: str, host: str) -> None:
    given = host.replace("{port}", str(urlsplit(open_server.base_url).port))
    answer = ask(open_server, path, method="GET", host=given)
    assert answer.status in (400, 421)
    assert b"<html" not in answer.body
    if answer.status == 421:
        assert answer.code == "bad_host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:{port}", "127.0.0.1", "[::1]:{port}", "[::1]"])
def test_loopback_names_are_ours(open_server: Server, host: str) -> None:
    given = host.replace("{port}", str(urlsplit(open_server.base_url).port))
    assert ask(open_server, "/livez", method="GET", host=given).status == 200
