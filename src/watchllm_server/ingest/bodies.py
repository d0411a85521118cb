"""Reads a request's body within its limits: type, encoding, size before and after decompression, time.

Memory is bounded by the limit whatever a compressed body promises. Receiving and decompressing are apart: what a
client is slow to send must not hold what bounds the work on bodies that are there.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from typing import Final

import msgspec
import zstandard
from starlette.requests import ClientDisconnect, Request

from watchllm_server import telemetry
from watchllm_server.errors import BadRequest, RequestTimeout, TooLarge, UnsupportedMedia
from watchllm_server.ingest.room import Share

# One piece of output at a time: what a bomb makes before it is stopped.
_PIECE: Final = 1024 * 1024
# Larger windows than this need the memory that the limit is there to protect.
_MAX_WINDOW: Final = 16 * 1024 * 1024
# Parts of one compressed body, each with a header of its own. Clients send one; a body of a million empty ones
# would cost minutes, since what follows each part is copied.
_MAX_MEMBERS: Final = 100
# What a byte of deflate becomes at most; zstd has no such bound.
_MAX_DEFLATE_RATIO: Final = 1_032
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
# zlib's codes for a gzip wrapper and a zlib wrapper.
_GZIP: Final = 31
_DEFLATE: Final = 15


class Received(msgspec.Struct, frozen=True):
    """A body as it came, and its one encoding or `identity`."""

    data: bytes
    encoding: str


def content_type_of(headers: Mapping[str, str], supported: tuple[str, ...]) -> str:
    """Return the media type. Raises UnsupportedMedia for another type or a charset that is not UTF-8."""
    media_type, *parameters = headers.get("content-type", "").split(";")
    media_type = media_type.strip().lower()
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            raise UnsupportedMedia("the charset must be UTF-8")
    if media_type not in supported:
        raise UnsupportedMedia(f"the Content-Type must be {' or '.join(supported)}")
    return media_type


async def receive_body(request: Request, share: Share, *, limit: int, timeout_s: float) -> Received:
    """Return the body as it was sent. Raises what the limits say; holds no more of it than `share` allows."""
    encoding = _encoding_of(request.headers)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge(f"the body may have {limit} bytes")
    try:
        async with asyncio.timeout(timeout_s):
            return Received(await _read(request, share, limit), encoding)
    except TimeoutError:
        telemetry.body_aborted("timeout")
        raise RequestTimeout(f"the body did not arrive within {timeout_s:g} s") from None
    except ClientDisconnect:
        telemetry.body_aborted("disconnected")
        raise BadRequest("the client closed the connection") from None


def most_bytes(received: Received, limit: int) -> int:
    """Return how large a body may be once it is plain; 0 when it is plain already."""
    if received.encoding == "identity" or not received.data:
        return 0
    return limit if received.encoding == "zstd" else min(limit, len(received.data) * _MAX_DEFLATE_RATIO)


async def plain_body(received: Received, limit: int) -> bytes:
    """Return the decompressed body. Raises BadRequest when it is damaged and TooLarge when it grows too much."""
    if received.encoding == "identity" or not received.data:
        return received.data
    if len(received.data) > _PIECE // 4:
        return await asyncio.to_thread(decompress, received.data, received.encoding, limit)
    return decompress(received.data, received.encoding, limit)


def _encoding_of(headers: Mapping[str, str]) -> str:
    given = [part.strip().lower() for part in headers.get("content-encoding", "identity").split(",")]
    encodings = [part for part in given if part not in ("", "identity")]
    if len(encodings) > 1:
        raise UnsupportedMedia("only one Content-Encoding is allowed", code="too_many_encodings")
    if encodings and encodings[0] not in ("gzip", "deflate", "zstd"):
        raise UnsupportedMedia("the Content-Encoding must be gzip, deflate or zstd")
    return encodings[0] if encodings else "identity"


async def _read(request: Request, share: Share, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge(f"the body may have {limit} bytes")
        await share.hold(size)
        parts.append(part)
    return b"".join(parts)


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the plain body. Raises BadRequest when it is damaged and TooLarge when it grows beyond the limit."""
    if encoding == "zstd":
        return _from_zstd(body, limit)
    return _from_zlib(body, _GZIP if encoding == "gzip" else _DEFLATE, limit)


def _from_zlib(body: bytes, wrapper: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    rest = body
    members = 0
    while rest:
        members += 1
        if members > _MAX_MEMBERS:
            raise BadRequest(f"a compressed body may have {_MAX_MEMBERS} members", code="bad_encoding")
        decompressor = zlib.decompressobj(wrapper)
        pending = rest
        while not decompressor.eof:
            try:
                piece = decompressor.decompress(pending, _PIECE)
            except zlib.error:
                raise BadRequest("the compressed body is damaged", code="bad_encoding") from None
            pending = decompressor.unconsumed_tail
            if not piece and not pending:
                raise BadRequest("the compressed body ends too early", code="bad_encoding")
            size += len(piece)
            if size > limit:
                raise TooLarge(f"the body may have {limit} bytes after decompression")
            parts.append(piece)
        # A second gzip member belongs to the same body; anything else after the end is damage.
        rest = decompressor.unused_data
        if rest and wrapper != _GZIP:
            raise BadRequest("there are bytes after the compressed body", code="bad_encoding")
    return b"".join(parts)


def _from_zstd(body: bytes, limit: int) -> bytes:
    if not body.startswith(_ZSTD_MAGIC):
        raise BadRequest("the body is not zstd", code="bad_encoding")
    try:
        frame = zstandard.get_frame_parameters(body)
        if frame.window_size > _MAX_WINDOW:
            raise BadRequest("the zstd window is too large", code="window_too_large")
        if frame.dict_id:
            raise BadRequest("zstd dictionaries are not supported", code="bad_encoding")
        # Never decompress(max_output_size=…): it trusts the size that the frame declares.
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        with decompressor.stream_reader(body, read_across_frames=True) as reader:
            plain = reader.read(limit + 1)
        if len(plain) <= limit:
            _check_whole(body)
    except zstandard.ZstdError:
        raise BadRequest("the compressed body is damaged", code="bad_encoding") from None
    if len(plain) > limit:
        raise TooLarge(f"the body may have {limit} bytes after decompression")
    return plain


def _check_whole(body: bytes) -> None:
    """Refuse a frame that was cut short: the stream reader ends there without a word. The size is known to fit."""
    rest = body
    for _ in range(_MAX_MEMBERS):
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).decompressobj()
        decompressor.decompress(rest)
        if not decompressor.eof:
            raise BadRequest("the compressed body ends too early", code="bad_encoding")
        rest = decompressor.unused_data
        if not rest:
            return
    raise BadRequest(f"a compressed body may have {_MAX_MEMBERS} frames", code="bad_encoding")
