"""Compressed, oversized and mislabelled bodies on every route that accepts events."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable

import orjson
import pytest
import zstandard
from tests.ingest.calls import BATCH, log_event, new_id, send, stored
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
