"""Compressed, oversized and mislabelled bodies on every route that accepts events."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import zstandard
from tests.ingest.calls import BATCH, EVENT, TRACES, Answer, is_unknown, log_event, new_id, send, stored
from tests.running import Server

from watchllm_server.errors import TooLarge, WatchLLMError
from watchllm_server.ingest.bodies import decompress

MIB = 1024 * 1024
LIMIT = 20 * MIB
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
# 200 MiB of zeros in few bytes.
BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(bytes(200 * MIB), 9),
    "deflate": lambda: zlib.compress(bytes(200 * MIB), 9),
    "zstd": lambda: zstandard.ZstdCompressor(level=3).compress(bytes(200 * MIB)),
}


def otlp_code(answer: Answer) -> str:
    return answer.json["message"].partition(":")[0]


@pytest.mark.parametrize("encoding", PACK)
def test_a_compressed_batch_is_stored(server: Server, encoding: str) -> None:
    event_id = new_id()
    body = PACK[encoding](orjson.dumps([log_event(event_id)]))
    assert send(server, BATCH, body, content_encoding=encoding).status == 202
    assert stored(server, event_id)["output"] == "hello"


@pytest.mark.parametrize("encoding", ["identity", "GZIP", "gzip, identity"])
def test_names_of_encodings_are_read_as_http_says(server: Server, encoding: str) -> None:
    plain = orjson.dumps([log_event(new_id())])
    body = gzip.compress(plain) if "gzip" in encoding.lower() else plain
    assert send(server, BATCH, body, content_encoding=encoding).status == 202


def test_members_and_frames_make_one_body(server: Server) -> None:
    """B-24, and the same of zstd."""
    for encoding in ("gzip", "zstd"):
        event_id = new_id()
        plain = orjson.dumps([log_event(event_id)])
        body = PACK[encoding](plain[:20]) + PACK[encoding](plain[20:])
        answer = send(server, BATCH, body, content_encoding=encoding)
        assert (answer.status, answer.json["event_ids"]) == (202, [event_id])


def _packed(encoding: str) -> bytes:
    return PACK[encoding](orjson.dumps([log_event("never-stored")]))


def _wide_window() -> bytes:
    parameters = zstandard.ZstdCompressionParameters(compression_level=3, window_log=27, write_content_size=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(b"[]") + packer.flush()


def _with_dictionary() -> bytes:
    samples: list[Any] = [orjson.dumps(log_event(f"sample-{number}", n=number)) for number in range(2_000)]
    dictionary = zstandard.train_dictionary(4_096, samples)
    return zstandard.ZstdCompressor(dict_data=dictionary).compress(samples[0])


REFUSED = [
    pytest.param("br", lambda: b"[]", 415, "unsupported_media_type", id="B-18-br"),
    pytest.param("compress", lambda: b"[]", 415, "unsupported_media_type", id="B-18-compress"),
    pytest.param("gzip, gzip", lambda: gzip.compress(_packed("gzip")), 415, "too_many_encodings", id="B-19"),
    pytest.param("gzip, deflate, zstd", lambda: b"[]", 415, "too_many_encodings", id="B-19-three"),
    pytest.param("zstd", _wide_window, 400, "window_too_large", id="B-22"),
    pytest.param("gzip", lambda: _packed("gzip")[:-9], 400, "bad_encoding", id="B-23-truncated-gzip"),
    pytest.param("gzip", lambda: _packed("gzip")[:-8] + bytes(8), 400, "bad_encoding", id="B-23-wrong-crc"),
    pytest.param("gzip", lambda: _packed("gzip") + b"garbage", 400, "bad_encoding", id="B-23-trailing-gzip"),
    pytest.param("deflate", lambda: _packed("deflate")[:-5], 400, "bad_encoding", id="B-23-truncated-deflate"),
    pytest.param("deflate", lambda: _packed("deflate") + b"x", 400, "bad_encoding", id="B-23-trailing-deflate"),
    pytest.param("zstd", lambda: _packed("zstd")[:-3], 400, "bad_encoding", id="B-23-truncated-zstd"),
    pytest.param("zstd", lambda: _packed("zstd") * 2 + b"gar", 400, "bad_encoding", id="B-23-trailing-zstd"),
    pytest.param("zstd", lambda: _packed("zstd") + _packed("zstd")[:-3], 400, "bad_encoding", id="second-frame-cut"),
    pytest.param("gzip", lambda: b'[{"type": "log"}]', 400, "bad_encoding", id="B-25-plain-as-gzip"),
    pytest.param("zstd", lambda: b'[{"type": "log"}]', 400, "bad_encoding", id="B-25-plain-as-zstd"),
    pytest.param("identity", lambda: _packed("gzip"), 400, "bad_json", id="B-25-gzip-as-plain"),
    pytest.param("gzip", lambda: b"", 400, "not_a_batch", id="B-26"),
    pytest.param("zstd", _with_dictionary, 400, "bad_encoding", id="B-27"),
]


@pytest.mark.parametrize(("encoding", "body", "status", "code"), REFUSED)
def test_a_damaged_or_unknown_encoding_is_refused(
    server: Server, encoding: str, body: Callable[[], bytes], status: int, code: str
) -> None:
    answer = send(server, BATCH, body(), content_encoding=encoding)
    assert (answer.status, answer.code) == (status, code)


def test_an_empty_compressed_otlp_body_is_an_empty_request(server: Server) -> None:
    """B-26."""
    answer = send(server, TRACES, b"", content_encoding="gzip", content_type="application/x-protobuf")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", [EVENT, BATCH, TRACES])
@pytest.mark.parametrize("encoding", BOMBS)
def test_a_bomb_is_refused(server: Server, path: str, encoding: str) -> None:
    """B-20, B-21."""
    answer = send(server, path, BOMBS[encoding](), content_encoding=encoding)
    assert answer.status == 413
    assert (otlp_code(answer) if path == TRACES else answer.code) == "too_large"


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_bomb_costs_no_more_than_the_limit(encoding: str) -> None:
    """B-20: what is made of it before it is stopped is bounded, and quick."""
    body = BOMBS[encoding]()
    began_s = time.process_time()
    with pytest.raises(TooLarge):
        decompress(body, encoding, MIB)
    assert time.process_time() - began_s < 0.2


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_of_a_million_empty_members_is_stopped_at_once(encoding: str) -> None:
    body = PACK[encoding](b"") * 500_000
    began_s = time.process_time()
    with pytest.raises(WatchLLMError):
        decompress(body, encoding, LIMIT)
    assert time.process_time() - began_s < 5


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize(("size", "fits"), [(MIB, True), (MIB + 1, False)])
def test_the_limit_after_decompression_is_exact(encoding: str, size: int, fits: bool) -> None:
    """B-65."""
    body = PACK[encoding](b" " * size)
    if fits:
        assert len(decompress(body, encoding, MIB)) == size
    else:
        with pytest.raises(TooLarge):
            decompress(body, encoding, MIB)


def test_a_plain_body_of_the_limit_is_read(server: Server) -> None:
    event_id = new_id()
    event = orjson.dumps([log_event(event_id)])
    body = event[:-1] + b" " * (LIMIT - len(event)) + b"]"
    assert send(server, BATCH, body).status == 202


def raw_exchange(server: Server, request: bytes) -> bytes:
    """Send bytes as they are and return the first bytes of the answer."""
    parts = urlsplit(server.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=15) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


def head(server: Server, path: str, *lines: str) -> bytes:
    fixed = [f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {server.api_key}"]
    return "\r\n".join([*fixed, "Content-Type: application/json", *lines, "", ""]).encode()


def test_a_declared_length_beyond_the_limit_is_refused_unread(server: Server) -> None:
    """B-10, B-16: no byte of the body is sent, and the answer comes all the same."""
    for more in ([], ["Expect: 100-continue"]):
        answer = raw_exchange(server, head(server, BATCH, f"Content-Length: {LIMIT + 1}", *more))
        assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_is_stopped_at_the_limit(server: Server) -> None:
    """B-11."""
    parts = urlsplit(server.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as connection:
        connection.sendall(head(server, BATCH, "Transfer-Encoding: chunked"))
        chunk = b"100000\r\n" + b" " * MIB + b"\r\n"
        for _ in range(20):
            connection.sendall(chunk)
        connection.sendall(b"1\r\n \r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["Content-Length: 2", "Content-Length: 3"], id="two-lengths"),
        pytest.param(["Content-Length: 2", "Transfer-Encoding: chunked"], id="length-and-chunked"),
        pytest.param(["Content-Length: -1"], id="negative"),
    ],
)
def test_a_body_of_two_lengths_is_refused(server: Server, lines: list[str]) -> None:
    """B-13."""
    assert raw_exchange(server, head(server, BATCH, *lines) + b"[]").startswith(b"HTTP/1.1 400 ")


def test_a_client_that_leaves_in_the_middle_stores_nothing(server: Server) -> None:
    """B-17."""
    event_id = new_id()
    body = orjson.dumps([log_event(event_id)])
    parts = urlsplit(server.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=15) as connection:
        connection.sendall(head(server, BATCH, f"Content-Length: {len(body) + 10}") + body)
    # A later request of the same server is answered: the one before is over.
    assert send(server, BATCH, b"[]").status == 202
    assert is_unknown(server, event_id)


TYPES = [
    pytest.param(None, 415, id="B-08-none"),
    pytest.param("text/plain", 415, id="B-08-text"),
    pytest.param("multipart/form-data", 415, id="B-08-form"),
    pytest.param("application/json; charset=utf-16", 415, id="B-09-utf-16"),
    pytest.param("application/json; charset=latin-1", 415, id="B-09-latin-1"),
    pytest.param("application/json; charset=UTF-8", 202, id="utf-8"),
    pytest.param("Application/JSON", 202, id="case"),
    pytest.param('application/json; charset="utf-8"; v=1', 202, id="quoted"),
]


@pytest.mark.parametrize(("content_type", "status"), TYPES)
def test_native_routes_take_json_in_utf_8(server: Server, content_type: str | None, status: int) -> None:
    answer = send(server, BATCH, b"[]", content_type=content_type)
    assert answer.status == status
    if status == 415:
        assert answer.code == "unsupported_media_type"
