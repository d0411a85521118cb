"""A stranger reaches exactly the documented anonymous routes; every other answers 401 before it looks at anything."""

from __future__ import annotations

import pytest
from tests.access.browser import ask
from tests.access.routes import ANONYMOUS, Route, described_routes
from tests.ingest.calls import Answer, log_event, new_id
from tests.running import Server, wait_until

STRANGERS: list[dict[str, str | None]] = [
    {},
    {"authorization": "Bearer wl_guessed_key_that_is_at_least_32_characters"},
    {"authorization": "Basic d3JvbmdfdXNlcjp3cm9uZ19wYXNzd29yZA=="},
    {"x_api_key": "wl_guessed_key_that_is_at_least_32_characters"},
    {"cookie": "session=" + "a" * 43, "sec_fetch_site": "same-origin"},
]


def ask_route(server: Server, route: Route, headers: dict[str, str | None], query: str = "", **ids: str) -> Answer:
    address = route.address(**ids) + query
    return ask(server, address, b"{}", method=route.method, **({"authorization": None} | headers))


def is_unknown_here(server: Server, route: Route) -> bool:
    """Tell whether the route asks a stranger for a credential; a wrong password is another kind of 401."""
    answer = ask_route(server, route, {})
    return answer.status == 401 and b"bad_" not in answer.body


def test_the_anonymous_routes_are_the_documented_ones(open_server: Server) -> None:
    reached = {route.path for route in described_routes(open_server) if not is_unknown_here(open_server, route)}
    assert reached | {"/openapi.json", "/docs"} == ANONYMOUS
    for path in ("/openapi.json", "/docs"):
        assert ask(open_server, path, method="GET", authorization=None).status == 200


@pytest.mark.parametrize("headers", STRANGERS, ids=["nothing", "bearer", "basic", "x-api-key", "cookie"])
def test_every_other_route_answers_a_stranger_401_in_one_way(
    open_server: Server, headers: dict[str, str | None]
) -> None:
    guarded = [route for route in described_routes(open_server) if route.path not in ANONYMOUS]
    assert len(guarded) >= 12
    for route in guarded:
        answer = ask_route(open_server, route, headers)
        assert answer.status == 401, route
        assert answer.headers["www-authenticate"] == "Bearer", route


def test_a_stranger_learns_nothing_of_what_exists(open_server: Server) -> None:
    event_id, trace_id = new_id(), new_id()
    body = log_event(event_id, traceId=trace_id)
    open_server.request("POST", "/api/v1/events", body)
    wait_until(lambda: open_server.request("GET", f"/api/v1/traces/{trace_id}")[0] == 200)
    for route in described_routes(open_server):
        if "{" in route.path:
            known = ask_route(open_server, route, {}, event_id=event_id, trace_id=trace_id)
            assert (known.status, known.body) == (401, ask_route(open_server, route, {}).body), route


@pytest.mark.parametrize(
    "query", ["?limit=0", "?filter=%7B", "?cursor=x", "?from=x&from=y", "?project_id=" + "x" * 300]
)
def test_a_stranger_is_refused_before_the_parameters_are_judged(open_server: Server, query: str) -> None:
    for path in ("/api/v1/traces", "/api/v1/events", "/api/v1/ledger"):
        assert ask_route(open_server, Route("GET", path), {}, query).status == 401, path


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/traces", "/v1/nothing", "/api/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_no_route_is_404_in_json(open_server: Server, method: str, path: str) -> None:
    answer = ask(open_server, path, b"{}", method=method, authorization=None)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    ["/api/v1/traces/", "//api/v1/traces", "/api/v1//traces", "/API/v1/traces", "/api/v1/traces%2F", "/api/v1/./traces",
     "/api/v1/x/../traces", "/%61pi/v1/traces", "/docs/../api/v1/traces", "/docs/..%2f..%2fpyproject.toml",
     "/assets/..%2f..%2fsettings.py", "/assets/%2e%2e/%2e%2e/settings.py", "/..%5c..%5csettings.py"],
)  # fmt: skip
def test_no_spelling_of_an_address_goes_round_the_guard(open_server: Server, path: str) -> None:
    answer = ask(open_server, path, method="GET", authorization=None)
    assert answer.status in (200, 401, 404)
    assert b'"data"' not in answer.body
    assert b"import annotations" not in answer.body
    if answer.status == 200:
        assert answer.headers["content-type"].startswith("text/html")
