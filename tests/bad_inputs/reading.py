"""B-96 to B-108: what a reader may ask for."""

from __future__ import annotations

import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import orjson

from tests.access.tenants import Tenants
from tests.bad_inputs.case import Ask, Case, Check, get, to
from tests.ingest.calls import BATCH, EVENT, Answer, log_event, new_id, send, send_json, stored
from tests.running import Server, wait_until

TRACES: Final = "/api/v1/traces"
LOGIN: Final = "/api/v1/auth/login"
LISTS: Final = (TRACES, EVENT)
MIB: Final = 1024 * 1024
_LIMITS: Final = ("0", "-1", "1000000000", "abc", "1e3", "", "1.5", "9" * 5_000, "0x10", "\u0661")
_SORTS: Final = ("name", "id; drop table", "1,2", "--start_time", "start_time,name", "start_time DESC", "")
_RANGES: Final = {
    "from after to": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    "an empty range": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    "a word": {"from": "yesterday"},
    "a date": {"from": "2026-01-01"},
    "no zone": {"from": "2026-01-01T00:00:00"},
    "seconds since 1970": {"to": "1790000000"},
    "30 February": {"from": "2026-02-30T00:00:00Z"},
    "the year 9999": {"to": "9999-12-31T23:59:59Z"},
}
# Each would do something if it ever became part of a statement.
_INJECTED: Final = (
    "file('/etc/passwd')", "' OR 1=1 --", "\\' OR 1=1 --", "url('http://127.0.0.1:1/')", "x' SETTINGS readonly=0",
    "/* */", "--", "`events`", "{project:String}", "'; DROP TABLE events; --", "$$", "\\", "%00", "x\0y",
)  # fmt: skip
_TEXTS: Final = (
    "%",
    "_",
    "\\",
    "'",
    '"',
    "\\'",
    '\\"',
    "a\nb",
    "\t",
    "\\n",
    "\x1b",
    "%%",
    "a%b",
    "[a-z]",
    "(a+)+$",
    ".*",
    "付款😀",
)


def _condition(**fields: Any) -> dict[str, Any]:
    return {"field": "name", "op": "=", "value": "x"} | fields


def _prompt(op: str, value: Any) -> Ask:
    """Ask for events of a prompt, which none of these cases has."""
    return _filter(_condition(field="prompt_name", op=op, value=value))


def _filter(given: Any, path: str = EVENT) -> Ask:
    text = given if isinstance(given, str) else orjson.dumps(given).decode()
    return get(f"{path}?{urlencode({'filter': text})}")


def _nested(levels: int) -> str:
    return '{"not":' * levels + '{"and":[]}' + "}" * levels


def _cursor_of(server: Server, path: str, query: str, **headers: str | None) -> str:
    """Return a cursor of a list that has more than one row."""
    for _ in range(2):
        event_id = new_id()
        send_json(server, EVENT, log_event(event_id, traceId=event_id), **headers)

    def find() -> Any:
        return send(server, f"{path}?limit=1{query}", b"", "GET", **headers).json["next_cursor"]

    return wait_until(find)


def _with_cursor(path: str, change: str, *, query: str = "") -> Ask:
    """Read a page with a cursor that was altered, or with another query than its own."""

    def ask(server: Server, event_id: str) -> Answer:
        cursor = _cursor_of(server, path, query)
        return send(server, f"{path}?limit=1&cursor={change.format(cursor=quote(cursor))}", b"", "GET")

    return ask


def _cursor_of_another_project(server: Server, event_id: str) -> Answer:
    tenants = Tenants(server)
    key = f"Bearer {tenants.add_key(tenants.add_project(), 'ingest', 'read')}"
    cursor = _cursor_of(server, EVENT, "", authorization=key)
    assert send(server, f"{EVENT}?limit=1&cursor={quote(cursor)}", b"", "GET", authorization=key).status == 200
    return send(server, f"{EVENT}?limit=1&cursor={quote(cursor)}", b"", "GET")


def _altered(server: Server, event_id: str) -> Answer:
    cursor = _cursor_of(server, EVENT, "")
    altered = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
    return send(server, f"{EVENT}?limit=1&cursor={quote(altered)}", b"", "GET")


def _searched(text: str) -> Ask:
    """Store an event with this text in the middle and one without; only the first is found by it."""

    def ask(server: Server, event_id: str) -> Answer:
        other = new_id()
        body = {"level": "info", "message": f"before {text} after"}
        send_json(server, BATCH, [
            log_event(event_id, sessionId=event_id, body=body), log_event(other, sessionId=event_id),
        ])  # fmt: skip
        assert stored(server, event_id)
        assert stored(server, other)
        session = _condition(field="session_id", value=event_id)
        given = {"and": [session, _condition(field="text", op="contains", value=text)]}
        answer = _filter(given)(server, event_id)
        assert [row["event_id"] for row in answer.json["data"]] == [event_id]
        return answer

    return ask


def _is_empty(server: Server, event_id: str, answer: Answer) -> None:
    """The list has no row: what was injected is a value that nothing has."""
    assert answer.json["data"] == []


def _is_cut(server: Server, event_id: str, answer: Answer) -> None:
    assert "400 days" in answer.json["note"]


def _is_a_day(server: Server, event_id: str, answer: Answer) -> None:
    assert answer.json["from"] == "2026-11-01T00:00:00.000000Z"


def _same_as_missing(path: str) -> Check:
    """The answer is that of an id which does not exist."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        assert answer.body == send(server, f"{path}/none-such", b"", "GET").body

    return check


def _of_another_project(server: Server, event_id: str) -> Answer:
    tenants = Tenants(server)
    key = tenants.add_key(tenants.add_project(), "ingest", "read")
    send_json(server, EVENT, log_event(event_id, traceId=event_id), authorization=f"Bearer {key}")
    assert stored(Server(server.data_dir, base_url=server.base_url, api_key=key), event_id)
    return send(server, f"{EVENT}/{event_id}", b"", "GET")


def _at_once(server: Server, event_id: str) -> Answer:
    """Read 50 slow lists at once: each is answered, at worst with a later time to come back."""
    query = urlencode({"filter": orjson.dumps(_condition(field="text", op="contains", value="z" * 1_000)).decode(),
                       "from": "2025-10-01T00:00:00Z"})  # fmt: skip
    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(send, server, f"{EVENT}?{query}", b"", "GET") for _ in range(50)]
        answers = [one.result() for one in asked]
    assert {answer.status for answer in answers} <= {200, 429}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status == 429)
    return next(answer for answer in answers if answer.status == 200)


def _file_in_pieces(ranges: str) -> Ask:
    """Read a file of the web app; the reference's script where the app is not built."""

    def ask(server: Server, event_id: str) -> Answer:
        found = re.search(rb'/assets/[^"]+\.js', send(server, "/", b"", "GET").body)
        if found is None:
            return Answer(416, {}, b"")
        return send(server, found[0].decode(), b"", "GET", range=ranges)

    return ask


def _in_chunks(path: str, size: int) -> Ask:
    """Send a body without its length."""

    def ask(server: Server, event_id: str) -> Answer:
        parts = urlsplit(server.base_url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            pieces = (b" " * 65_536 for _ in range(size // 65_536))
            connection.request("POST", path, pieces, {"Content-Type": "application/json"}, encode_chunked=True)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    return ask


def _bad_login(size: int) -> Ask:
    return to("POST", LOGIN, lambda: b'{"email": "' + b"a" * size + b'"}', authorization=None)


_LONG: Final = "x" * 10_240

CASES = [
    *(Case("B-96", f"{path}?limit={given[:20]}", get(f"{path}?{urlencode({'limit': given})}"), 400, "bad_parameter")
      for path in LISTS for given in _LIMITS),
    *(Case("B-96", f"{path} with two limits", get(f"{path}?limit=1&limit=2"), 400, "bad_parameter") for path in LISTS),
    *(Case("B-97", f"the cursor {given[:20]!r}", get(f"{EVENT}?{urlencode({'cursor': given})}"), 400, "bad_cursor")
      for given in ("", "AAAA", "ü", "A" * 20_000, "\0")),
    Case("B-97", "a cursor that was altered", _altered, 400, "bad_cursor"),
    Case("B-97", "a cursor with an end", _with_cursor(EVENT, "{cursor}%3D"), 400, "bad_cursor"),
    Case("B-97", "a cursor of another order", _with_cursor(EVENT, "{cursor}&sort=start_time"), 400, "bad_cursor"),
    Case("B-97", "a cursor of another range", _with_cursor(EVENT, "{cursor}&from=2026-11-01T00:00:00Z"), 400,
         "bad_cursor"),
    Case("B-97", "a cursor of another filter",
         _with_cursor(TRACES, "{cursor}&" + urlencode({"filter": '{"and": []}'})), 400, "bad_cursor"),
    Case("B-97", "a cursor of another project", _cursor_of_another_project, 400, "bad_cursor"),
    *(Case("B-98", f"{path}: {what}", get(f"{path}?{urlencode(query)}"), 400, "bad_time_range")
      for path in (*LISTS, "/api/v1/ledger") for what, query in _RANGES.items()),
    Case("B-98", "ten years", get(f"{EVENT}?from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"), 200, then=_is_cut),
    Case("B-98", "no beginning", get(f"{EVENT}?to=2026-11-02T00:00:00Z"), 200, then=_is_a_day),
    *(Case("B-99", f"{path}?sort={given}", get(f"{path}?{urlencode({'sort': given})}"), 400, "bad_parameter")
      for path in LISTS for given in _SORTS),
    *(Case("B-99", f"a filter of {name!r}", _filter(_condition(field=name)), 400, "bad_filter")
      for name in ("password", "project_id", "id; drop table", "1", "events.name", "attributes.", "")),
    Case("B-100", "a filter of 51 conditions", _filter({"and": [_condition()] * 51}), 400, "too_complex"),
    Case("B-100", "a filter of 1,000 conditions",
         _filter({"and": [{"field": "name", "op": "exists"}] * 1_000}), 400, "too_complex"),
    Case("B-100", "a filter of 2,000 values", _filter(_condition(op="in", value=["a"] * 2_000)), 400, "too_complex"),
    # The address is refused before the filter in it is read.
    Case("B-100", "a filter of 100,000 values", _filter(_condition(op="in", value=["a"] * 100_000)), 414,
         "uri_too_long"),
    *(Case("B-100", f"a filter of {levels} levels", _filter(_nested(levels)), 400, "too_complex")
      for levels in (6, 50, 3_000)),
    *(Case("B-101", f"search for {text!r}", _searched(text), 200) for text in _TEXTS),
    *(Case("B-101", f"search for {len(text)} blanks or letters",
           _filter(_condition(field="text", op="contains", value=text)), status, code)
      for text, status, code in (
          ("", 200, ""), ("   ", 200, ""), (_LONG, 400, "bad_filter"), ("ü" * 513, 400, "bad_filter"))),
    *(Case("B-102", f"the operator {op}", _filter(_condition(op=op, value="(a+)+$")), 400, "bad_filter")
      for op in ("regex", "~", "=~", "match", "like")),
    *(Case("B-103", f"{path}/{given[:20]}", get(f"{path}/{given}"), 404, "not_found")
      for path in (TRACES, EVENT) for given in ("a%2Fb", "..%2f..", "%2e%2e", "..", "%00", "a%00b", _LONG, "none-such",
                                               "'%20OR%201=1", "%F0%9F%98%80", "%FF", "a%0Ab")),
    Case("B-103", "an event of another project", _of_another_project, 404, "not_found", _same_as_missing(EVENT)),
    Case("B-103", "another project by name", get(f"{EVENT}?project_id=proj_other"), 404, "not_found"),
    Case("B-105", "50 heavy reads at once", _at_once, 200),
    *(Case("B-106", f"{text!r} as a prompt", _prompt("=", text), 200, then=_is_empty) for text in _INJECTED),
    *(Case("B-106", f"{text!r} as a search", _filter(_condition(field="text", op="contains", value=text * 3)), 200,
           then=_is_empty) for text in _INJECTED),
    *(Case("B-106", f"{text!r} as an attribute", _filter(_condition(field=f"attributes.{text}")), 200, then=_is_empty)
      for text in _INJECTED),
    *(Case("B-106", f"{text!r} as a list of values", _prompt("in", [text, text]), 200, then=_is_empty)
      for text in _INJECTED[:4]),
    *(Case("B-107", f"Accept: {given} for {path}", get(path, accept=given), 406, "not_acceptable")
      for path in (TRACES, EVENT, "/api/v1/ledger") for given in ("text/csv", "image/png, text/html", "nonsense")),
    *(Case("B-107", f"Accept: {given}", get(TRACES, accept=given), 200)
      for given in ("*/*", "application/*", "text/html, application/json;q=0.5", "")),
    Case("B-107", "a thousand ranges of a file", _file_in_pieces("bytes=" + ",".join(["0-"] * 1_000)), 416),
    Case("B-107", "a range beyond a file", _file_in_pieces("bytes=999999999-"), 416),
    Case("B-108", "a body on a GET", to("GET", TRACES, b'{"limit": 0}'), 200),
    Case("B-108", "a body of 2 MiB for signing in", _bad_login(2 * MIB), 413, "too_large"),
    Case("B-108", "chunks of 2 MiB for signing in", _in_chunks(LOGIN, 2 * MIB), 413, "too_large"),
    Case("B-108", "a body just within the limit", _bad_login(MIB - 100), 400, "bad_parameter"),
    Case("B-108", "a broken body for signing in", to("POST", LOGIN, b"{broken", authorization=None), 400,
         "bad_parameter"),
    Case("B-108", "fields that nobody knows", to("POST", LOGIN, b'{"email":"a","password":"b","is_admin":true}',
                                                 authorization=None), 400, "bad_parameter"),
]  # fmt: skip
