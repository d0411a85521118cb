"""Compressed bodies as a target: the first byte says how, and the decoders of the libraries are the judges."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Final

import zstandard

from tests.fuzz.bounds import BODY_LIMIT
from tests.fuzz.refusals import refused_or
from watchllm_server.ingest.bodies import decompress

ENCODINGS: Final = ("gzip", "deflate", "zstd")
# Bodies of this size are compared with the judges'; comparing larger ones would only cost time.
_COMPARED: Final = 1024 * 1024


def run_body(data: bytes) -> None:
    """Decompress a body; the limit is the server's own, so that a bomb costs what it would cost there."""
    encoding, body = split(data)
    plain = refused_or(lambda: decompress(body, encoding, BODY_LIMIT))
    if plain is not None:
        assert len(plain) <= BODY_LIMIT
        if len(plain) <= _COMPARED:
            assert _judged(body, encoding) == plain
            _check_limit(body, encoding, plain)


def split(data: bytes) -> tuple[str, bytes]:
    """Return the encoding that the first byte names, and the body."""
    return ENCODINGS[data[0] % len(ENCODINGS)] if data else "gzip", data[1:]


def _judged(body: bytes, encoding: str) -> bytes:
    """Return what the library makes of the whole body. Raises for anything that is not whole and sound."""
    if not body:
        return b""
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True)
    return reader.read(_COMPARED + 1)


def _check_limit(body: bytes, encoding: str, plain: bytes) -> None:
    """The limit is exact: a body of that size passes, and one byte more does not."""
    assert decompress(body, encoding, len(plain)) == plain
    if plain:
        assert refused_or(lambda: decompress(body, encoding, len(plain) - 1)) is None
