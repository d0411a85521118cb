"""B-01 to B-07, B-28, B-29: who asks, by which method, and how often."""

from __future__ import annotations

import base64
import statistics
import time
from typing import Final

from tests.access.tenants import Tenants
from tests.bad_inputs.case import Case, batch, event, get, nothing_stored, says_when_to_retry, to, traces, with_header
from tests.bad_inputs.sockets import connected, head
from tests.ingest.calls import BATCH, EVENT, TRACES, Answer, new_id, send, send_json
from tests.running import EMAIL, PASSWORD, Server

LOGIN: Final = "/api/v1/auth/login"
PAST_US: Final = 1_000_000_000_000_000
_UNKNOWN: Final = "Bearer wl_" + "x" * 60
# Two equal sets of answers differ by less than this on a machine that does other things too.
_NOTICEABLE_S: Final = 0.005


def _with(name: str, template: str):
    """Send a good event with a header that has the key in its place."""

    def ask(server: Server, event_id: str) -> Answer:
        given = {"authorization": None, name: template.replace("{key}", server.api_key)}
        return send_json(server, BATCH, [{"eventId": event_id, "type": "log", "body": {"level": "info"}}], **given)

    return ask


def _as_key(*scopes: str, **changes: int):
    """Send with a key of the project that was made with these scopes and changes."""

    def ask(server: Server, event_id: str) -> Answer:
        key = Tenants(server).add_key(server.project_id, *scopes, **changes)  # pyright: ignore[reportArgumentType]
        return send(server, BATCH, b"[]", authorization=f"Bearer {key}")

    return ask


def _unread(server: Server, event_id: str) -> Answer:
    """Announce a large body without a key and send none of it."""
    with connected(server) as connection:
        request = head(server, BATCH, "Content-Length: 20000000").replace(server.api_key.encode(), b"wl_unknown")
        connection.sendall(request)
        connection.settimeout(5)
        return Answer(int(connection.recv(65_536).split()[1]), {}, b"")


def _alike(server: Server, event_id: str, answer: Answer) -> None:
    """An unknown, a revoked and an expired key get the same answer, after the same time."""
    tenants = Tenants(server)
    revoked = tenants.add_key(server.project_id, "ingest", revoked_at_us=PAST_US)
    expired = tenants.add_key(server.project_id, "ingest", expires_at_us=PAST_US)
    answers: set[tuple[int, bytes]] = set()
    times: dict[str, list[float]] = {}
    for _ in range(20):
        for key in (_UNKNOWN.removeprefix("Bearer "), revoked, expired):
            began_s = time.perf_counter()
            found = send(server, BATCH, b"[]", authorization=f"Bearer {key}")
            times.setdefault(key, []).append(time.perf_counter() - began_s)
            answers.add((found.status, found.body))
    assert len(answers) == 1
    middle = [statistics.median(taken) for taken in times.values()]
    assert max(middle) - min(middle) < _NOTICEABLE_S


def _session(server: Server, event_id: str) -> Answer:
    login = send_json(server, LOGIN, {"email": EMAIL, "password": PASSWORD}, authorization=None)
    assert login.status == 200, login.body
    cookie = login.headers["set-cookie"].partition(";")[0]
    return send(server, BATCH, b"[]", authorization=None, cookie=cookie, sec_fetch_site="same-origin")


def _in_query(server: Server, event_id: str) -> Answer:
    answer = send(server, f"{BATCH}?api_key=wl_{event_id}&key={server.api_key}", b"[]", authorization=None)
    assert event_id not in server.log()
    return answer


def _guesses(server: Server, event_id: str) -> Answer:
    for _ in range(20):
        guess = {"email": f"{new_id()}@example.com", "password": "wrong password!"}
        answer = send_json(server, LOGIN, guess, authorization=None)
        if answer.status != 401:
            return answer
    raise AssertionError("twenty guesses were let through")


_BEARER = with_header("www-authenticate", "Bearer")
_POST = with_header("allow", "POST")

CASES = [
    Case("B-01", "no key", event(), 202),
    Case("B-01", "no Authorization", batch(b"[]", authorization=None), 401, "unauthenticated", _BEARER),
    Case("B-01", "a large body without a key is answered unread", _unread, 401),
    Case("B-01", "a broken body says nothing to who has no key",
         batch(b"{broken", authorization=None, content_type="text/plain", content_encoding="br"), 401, then=_BEARER),
    Case("B-01", "OTLP without a key", traces(b"", authorization=None), 401, "unauthenticated", _BEARER),
    *(Case("B-02", what, _with("authorization", value), 401, "unauthenticated", nothing_stored) for what, value in {
        "an empty header": "", "no token": "Bearer", "a blank token": "Bearer ", "another scheme": "Token {key}",
        "no scheme": "{key}", "a space in the key": "Bearer {key} x", "a tab in the key": "Bearer {key}\tx",
        "Basic that is not base64": "Basic ***",
        "Basic without a colon": "Basic " + base64.b64encode(b"nothing").decode(),
    }.items()),
    Case("B-02", "a wrong bearer beside a good key",
         batch(b"[]", authorization="Bearer wrong", x_api_key="wl_test_key_that_is_at_least_32_characters_long"), 401),
    Case("B-03", "an unknown key, and the same for revoked and expired ones", batch(b"[]", authorization=_UNKNOWN), 401,
         "unauthenticated", _alike),
    Case("B-03", "a key that was altered", _with("authorization", "Bearer {key}x"), 401, "unauthenticated"),
    Case("B-03", "a revoked key", _as_key("ingest", revoked_at_us=PAST_US), 401, "unauthenticated"),
    Case("B-03", "an expired key", _as_key("ingest", expires_at_us=PAST_US), 401, "unauthenticated"),
    Case("B-04", "a key without the scope", _as_key("read"), 403, "scope_missing"),
    Case("B-05", "a session in place of a key", _session, 401, "unauthenticated"),
    Case("B-06", "a key in the query", _in_query, 401, "unauthenticated"),
    *(Case("B-07", f"{method} {BATCH}", to(method, BATCH), 405, "method_not_allowed", _POST)
      for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")),
    *(Case("B-07", f"{method} {TRACES}", to(method, TRACES), 405, "method_not_allowed", _POST)
      for method in ("GET", "PUT", "DELETE", "OPTIONS")),
    *(Case("B-07", f"{method} {EVENT}", to(method, EVENT), 405, "method_not_allowed") for method in ("PUT", "DELETE")),
    *(Case("B-28", f"the host {host}", batch(b"[]", host=host), 421, "bad_host")
      for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io:8000", "")),
    Case("B-28", "a page under another host", get("/", host="evil.example"), 421, "bad_host"),
    Case("B-29", "too many guesses of a password", _guesses, 429, "rate_limited", says_when_to_retry),
]  # fmt: skip
