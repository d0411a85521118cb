"""B-08 to B-17, B-62: how a request is put on the wire."""

from __future__ import annotations

import time
from typing import Final

import orjson

from tests.bad_inputs.case import PROTOBUF, Case, Check, batch, in_request_encoding, nothing_stored, traces
from tests.bad_inputs.sockets import TIMEOUT_S, answer_on, asked, connected, head, is_ended, posted, raw
from tests.ingest.calls import BATCH, Answer, log_event
from tests.running import Server, wait_until

MIB: Final = 1024 * 1024
LIMIT: Final = 20 * MIB
# What the server of these cases gives a body; a person's setting is longer.
BODY_TIMEOUT_S: Final = 2.0
_TYPES: Final = (None, "", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded")
_CHARSETS: Final = ("utf-16", "latin-1", "ascii")


def names_the_types(*names: str) -> Check:
    """The answer says which types would do."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        assert all(name.encode() in answer.body for name in names)

    return check


def _chunked_beyond(server: Server, event_id: str) -> Answer:
    """Send 64 KiB more than the limit in chunks, and go on for ever: the answer comes all the same."""
    with connected(server) as connection:
        connection.sendall(head(server, BATCH, "Transfer-Encoding: chunked"))
        chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        for _ in range(LIMIT // 65_536 + 1):
            connection.sendall(chunk)
        answer = answer_on(connection)
        assert is_ended(connection)
        return answer


def _silent_body(server: Server, event_id: str) -> Answer:
    """Send less than was announced and wait."""
    before = _metric(server, "watchllm_bodies_aborted_total", 'reason="timeout"')
    began_s = time.monotonic()
    with connected(server) as connection:
        connection.sendall(head(server, BATCH, "Content-Length: 10") + b"[]")
        answer = answer_on(connection)
        assert BODY_TIMEOUT_S <= time.monotonic() - began_s < TIMEOUT_S
        assert is_ended(connection)
    assert _metric(server, "watchllm_bodies_aborted_total", 'reason="timeout"') == before + 1
    return answer


def _dripping_body(server: Server, event_id: str) -> Answer:
    """Send a byte every tenth of a second: neither the time for a body nor that after it starts anew with each."""
    began_s = time.monotonic()
    with connected(server) as connection:
        connection.sendall(head(server, BATCH, "Content-Length: 100000"))
        connection.settimeout(0.1)
        received = b""
        while not received:
            assert time.monotonic() - began_s < TIMEOUT_S
            connection.sendall(b" ")
            try:
                received = connection.recv(65_536)
            except TimeoutError:
                continue
        status, body = int(received.split()[1]), received.partition(b"\r\n\r\n")[2]
        try:
            while time.monotonic() - began_s < TIMEOUT_S:
                connection.sendall(b" ")
                time.sleep(0.1)
        except ConnectionError:
            return Answer(status, {}, body)
    raise AssertionError("a client may send for ever")


def _leaving(server: Server, event_id: str) -> Answer:
    """Send a whole event, announce more, and go away."""
    before = _metric(server, "watchllm_bodies_aborted_total", 'reason="disconnected"')
    body = orjson.dumps([log_event(event_id)])
    with connected(server) as connection:
        connection.sendall(head(server, BATCH, f"Content-Length: {len(body) + 10}") + body)
    wait_until(lambda: _metric(server, "watchllm_bodies_aborted_total", 'reason="disconnected"') == before + 1)
    return Answer(0, {}, b"")


def _metric(server: Server, name: str, labels: str) -> float:
    text: bytes = server.request("GET", "/metrics")[1]
    lines = [line for line in text.decode().splitlines() if line.startswith(name + "{") and labels in line]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def _other_protocol(data: bytes):
    """Send another protocol's first bytes: the connection ends, and one line of the log says so."""

    def ask(server: Server, event_id: str) -> Answer:
        before = server.log().count("without a readable head")
        answer = raw(lambda _: data, is_closed=True)(server, event_id)
        wait_until(lambda: server.log().count("without a readable head") == before + 1)
        return answer

    return ask


def _headers(count: int) -> list[str]:
    return [f"X-{number}: a" for number in range(count)]


_GRPC: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
_TLS: Final = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64))
_CHUNKED: Final = "Transfer-Encoding: chunked"
# Each would be another address after one decoding more or less than the router's own.
_ODD_PATHS: Final = (
    "/api%2Fv1/traces", "/api/v1%2ftraces", "/api/v1/%2e%2e/v1/traces", "/api/v1/../v1/traces", "//api/v1/traces",
    "/api//v1/traces", "/api/v1/traces;a=b", "/api/v1;/traces", "/x/../api/v1/traces", "/x/%2e%2e/api/v1/traces",
    "/..;/api/v1/traces", "/api/v1/traces/", "/api/v1/traces%00", "/api/v1/events%2Fbatch", "/v1%2Ftraces",
    "/assets/..%2f..%2fsettings.py", "/assets/%2e%2e/%2e%2e/settings.py", "/assets/..%5c..%5csettings.py",
)  # fmt: skip

CASES = [
    *(Case("B-08", f"Content-Type {name!r}", batch(b"[]", content_type=name), 415, "unsupported_media_type",
           names_the_types("application/json")) for name in _TYPES),
    *(Case("B-08", f"OTLP as {name!r}", traces(b"", name or ""), 415, "unsupported_media_type",
           names_the_types("application/json", PROTOBUF)) for name in ("text/plain", "application/grpc")),
    *(Case("B-09", f"charset {name}", batch(b"[]", content_type=f"application/json; charset={name}"), 415,
           "unsupported_media_type") for name in _CHARSETS),
    Case("B-10", "a length beyond the limit, and no byte of the body", posted(f"Content-Length: {LIMIT + 1}"), 413,
         "too_large"),
    Case("B-10", "a length of a hundred digits", posted("Content-Length: " + "9" * 100), 400, "bad_request"),
    Case("B-11", "chunks beyond the limit", _chunked_beyond, 413, "too_large"),
    Case("B-12", "a length larger than the body", _silent_body, 408, "timeout"),
    Case("B-12", "a body of a byte at a time", _dripping_body, 408),
    Case("B-12", "a length smaller than the body", posted("Content-Length: 1", body=b"[]", is_closed=True), 400),
    Case("B-13", "two lengths", posted("Content-Length: 2", "Content-Length: 3", body=b"[]"), 400, "bad_request"),
    Case("B-13", "the same length twice", posted("Content-Length: 2", "Content-Length: 2", body=b"[]"), 400),
    Case("B-13", "a length and chunks", posted("Content-Length: 2", _CHUNKED, body=b"0\r\n\r\n"), 400, "bad_request"),
    Case("B-13", "a negative length", posted("Content-Length: -1", body=b"[]"), 400, "bad_request"),
    Case("B-13", "a length with a sign", posted("Content-Length: +2", body=b"[]"), 400, "bad_request"),
    Case("B-13", "a chunk of no length", posted(_CHUNKED, body=b"x\r\n[]\r\n0\r\n\r\n"), 400),
    Case("B-13", "chunks under another name", posted("Transfer-Encoding: xchunked", body=b"[]"), 400),
    Case("B-14", "a header of 40 KiB", asked("/livez", "X-Long: " + "a" * 40_000), 431, "headers_too_large"),
    Case("B-14", "a header that never ends",
         raw(lambda server: head(server, "/livez", method="GET")[:-2] + b"X: " + b"a" * MIB, is_closed=True), 431,
         "headers_too_large"),
    Case("B-14", "many headers of 40 KiB in all", asked("/livez", *("X: " + "a" * 4_000 for _ in range(10))), 431,
         "headers_too_large"),
    Case("B-14", "a thousand headers", asked("/livez", *_headers(1_000)), 431, "headers_too_large"),
    Case("B-14", "as many headers as proxies send", asked("/livez", *_headers(60)), 200),
    Case("B-14", "NUL in a header", asked("/livez", "X: a\0b"), 400, "bad_request"),
    Case("B-14", "NUL in a header's name", asked("/livez", "X\0: ab"), 400, "bad_request"),
    Case("B-14", "a header without a name", asked("/livez", ": ab"), 400, "bad_request"),
    Case("B-15", "an address of 100 KiB", asked("/" + "a" * 100 * 1024), 414, "uri_too_long"),
    Case("B-15", "an address of 100 KiB in its query", asked("/livez?a=" + "a" * 100 * 1024), 414, "uri_too_long"),
    *(Case("B-15", path, asked(path), 404, "not_found") for path in _ODD_PATHS),
    Case("B-15", "a letter written by number is the letter", asked("/api/v1/tr%61ces"), 200),
    Case("B-15", "a page of an id with a slash", asked("/traces/a%2Fb"), 200),
    Case("B-16", "Expect with a length beyond the limit",
         posted(f"Content-Length: {LIMIT + 1}", "Expect: 100-continue"), 413, "too_large"),
    Case("B-17", "a client that leaves in the middle of the body", _leaving, 0, then=nothing_stored),
    Case("B-62", "gRPC on the port of HTTP", _other_protocol(_GRPC), 400, "bad_request"),
    Case("B-62", "TLS on the port of HTTP", _other_protocol(_TLS), 400, "bad_request"),
    Case("B-62", "an upgrade to HTTP/2 is not taken",
         asked("/livez", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"), 200),
    Case("B-62", "gRPC's type over HTTP/1.1", traces(b"\0\0\0\0\0", "application/grpc"), 415,
         then=in_request_encoding(PROTOBUF)),
]  # fmt: skip
