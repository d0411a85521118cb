"""Every answer, also a refusal, tells the browser what it must not do with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.access.browser import LOGIN, Browser, ask, cookie_of
from tests.ingest.calls import Answer
from tests.running import EMAIL, PASSWORD, Server

FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
POLICY = re.compile(
    r"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-([\w-]{22})'; img-src 'self' data:;"
    r" connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
    r" require-trusted-types-for 'script'"
)
PUBLIC_NAME = "watch.example.com"


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that a TLS proxy stands in front of."""
    settings = {"WATCHLLM_BEHIND_PROXY": "1", "WATCHLLM_ALLOWED_HOSTS": f" {PUBLIC_NAME.upper()}, other.example "}
    running = Server(tmp_path_factory.mktemp("proxy") / "data", environment=settings).start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("GET", "/livez", {}, 200, id="health"),
        pytest.param("GET", "/api/v1/traces", {}, 200, id="a-read"),
        pytest.param("GET", "/api/v1/traces", {"authorization": None}, 401, id="refused"),
        pytest.param("GET", "/api/v1/traces/none", {}, 404, id="not-found"),
        pytest.param("GET", "/api/v1/nothing", {}, 404, id="no-route"),
        pytest.param("POST", "/api/v1/nothing", {}, 404, id="no-route-to-post-to"),
        pytest.param("DELETE", "/api/v1/traces", {}, 405, id="no-such-method"),
        pytest.param("POST", "/api/v1/events/batch", {}, 400, id="ingest"),
        pytest.param("POST", "/v1/traces", {"content_type": "text/plain"}, 415, id="otlp"),
        pytest.param("GET", "/livez", {"host": "evil.example"}, 421, id="another-host"),
        pytest.param("GET", "/", {}, 200, id="web-app"),
        pytest.param("GET", "/docs", {}, 200, id="reference"),
        pytest.param("GET", "/docs/reference.js", {}, 200, id="a-script"),
        pytest.param("GET", "/openapi.json", {}, 200, id="openapi"),
    ],
)
def test_every_answer_carries_the_fixed_headers(
    open_server: Server, method: str, path: str, headers: dict[str, str | None], status: int
) -> None:
    answer = ask(open_server, path, method=method, **headers)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/docs", "/traces/some-trace", "/auth/link/token", "/no/such/page"])
def test_a_page_carries_the_policy_with_a_fresh_nonce(open_server: Server, path: str) -> None:
    nonces: set[str] = set()
    for _ in range(3):
        answer = ask(open_server, path, method="GET", authorization=None)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        found = POLICY.fullmatch(answer.headers["content-security-policy"])
        assert found is not None, answer.headers["content-security-policy"]
        nonces.add(found[1])
        assert b"__NONCE__" not in answer.body
    assert len(nonces) == 3


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_needs_nothing_that_its_policy_forbids(open_server: Server, path: str) -> None:
    page = ask(open_server, path, method="GET").body.decode()
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert all("src=" in attributes and not text.strip() for attributes, text in scripts)
    assert not re.search(r"\son\w+\s*=", page)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def through(server: Server, method: str, path: str, body: bytes = b"", **headers: str | None) -> Answer:
    """Send as the proxy does: under the public name."""
    return ask(server, path, body, method=method, host=PUBLIC_NAME, **headers)


def test_behind_a_proxy_the_cookie_is_bound_to_this_host_and_to_tls(behind_proxy: Server) -> None:
    body = f'{{"email": "{EMAIL}", "password": "{PASSWORD}"}}'.encode()
    answer = through(behind_proxy, "POST", LOGIN, body, authorization=None, sec_fetch_site="same-origin")
    cookie = cookie_of(answer, "__Host-session")
    assert cookie is not None
    assert cookie["secure"]
    assert cookie["httponly"]
    assert (cookie["path"], cookie["domain"], cookie["samesite"].lower()) == ("/", "", "lax")
    browser = Browser(behind_proxy, cookie.value, cookie_name="__Host-session")
    assert browser.is_signed_in
    # The name without the prefix could be set by a neighbour of the host: it counts for nothing.
    assert not Browser(behind_proxy, cookie.value).is_signed_in
    assert browser.call("POST", "/api/v1/auth/logout", sec_fetch_site="cross-site").code == "cross_site"


def test_behind_a_proxy_every_answer_asks_for_tls(behind_proxy: Server) -> None:
    for path in ("/livez", "/api/v1/traces", "/", "/api/v1/nothing"):
        answer = through(behind_proxy, "GET", path, authorization=None)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(("host", "status"), [(PUBLIC_NAME, 200), ("OTHER.example:443", 200), ("evil.example", 421)])
def test_the_allowed_hosts_are_a_list_of_names_in_any_case(behind_proxy: Server, host: str, status: int) -> None:
    assert ask(behind_proxy, "/livez", method="GET", host=host).status == status


@pytest.mark.parametrize(
    "path", ["/login", "/p/proj_a/traces", "/p/proj_a/traces/a%2Fb", "/p/proj_a/traces/a%3E", "/x"]
)
def test_a_page_that_shows_no_trace_asks_for_nothing_early(open_server: Server, path: str) -> None:
    assert "link" not in ask(open_server, path, authorization=None).headers


def test_the_page_of_a_trace_asks_for_its_events_early(open_server: Server) -> None:
    links = ask(open_server, "/p/proj_a/traces/0af7-x_1.2", authorization=None).headers["link"].split(", ")
    data = "</api/v1/traces/0af7-x_1.2?project_id=proj_a&shape=columns>; rel=preload; as=fetch; crossorigin"
    assert links[0] == data
    assert all(re.fullmatch(r"</assets/TracePage-[\w-]+\.js>; rel=modulepreload", link) for link in links[1:])
