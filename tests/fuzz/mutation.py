"""Changes inputs as what they are: JSON stays JSON, protobuf stays protobuf, a compressed body stays compressed.

Bytes changed at random hardly ever get past a decoder's first check; half of the inputs are still made that way.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import orjson
import zstandard
from google.protobuf.json_format import Error as JsonFormatError
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import DecodeError

from tests.fuzz.encodings import split

# What changes bytes at random: (data, most bytes) → data.
Mutate = Callable[[bytes, int], bytes]
# A mutator of one kind of input: (data, most bytes, source of chance, words of the format, Mutate) → data.
Mutator = Callable[[bytes, int, random.Random, Sequence[str], Mutate], bytes]

_SHARE_OF_BYTES: Final = 0.4
# No input is larger: what grows beyond it is thrown away.
_MOST_REPEATED: Final = 64 * 1024
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**64 - 1, -(2**63), 1e308, -0.0, 1e-9,
    "", " ", "\0", "\n", "a\u0301", "\ufeff", "\U0001f469\u200d\U0001f4bb", "0" * 32, "x" * 257, "x" * 1_200, "1e999",
    "NaN", "-", "1795176000000000000", "2026-11-20T12:00:00Z", "[", "{}", '{"a":[1]}', '[{"role":"user"}]',
    [], {}, [[]], [None], {"": ""}, {"a.b": {"c": []}},
)  # fmt: skip


def mutate_json(data: bytes, most: int, chance: random.Random, words: Sequence[str], mutate: Mutate) -> bytes:
    """Change values of a JSON document, and now and then its bytes."""
    if chance.random() < _SHARE_OF_BYTES:
        return mutate(data, most)
    try:
        value, found = orjson.loads(data), data
        for _ in range(chance.randint(1, 4)):
            value = _changed(value, chance, words, mutate)
            found = orjson.dumps(value)
            # Repeats share what they repeat: one more change within would multiply by all of them.
            if len(found) > most:
                break
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        return mutate(data, most)
    return found if len(found) <= most else mutate(data, most)


def protobuf_mutator(kind: type[Any]) -> Mutator:
    """Return what changes fields of a protobuf message of this type, and now and then its bytes."""

    def mutate_protobuf(data: bytes, most: int, chance: random.Random, words: Sequence[str], mutate: Mutate) -> bytes:
        request = kind()
        try:
            request.ParseFromString(data)
            plain = orjson.dumps(MessageToDict(request))
            changed = orjson.loads(mutate_json(plain, most * 4, chance, words, lambda same, _: same))
            found: bytes = ParseDict(changed, kind(), ignore_unknown_fields=True).SerializeToString()
        except (DecodeError, JsonFormatError, ValueError, TypeError, AttributeError, RecursionError):
            return mutate(data, most)
        return found if found != data and len(found) <= most else mutate(data, most)

    return mutate_protobuf


def mutate_body(data: bytes, most: int, chance: random.Random, words: Sequence[str], mutate: Mutate) -> bytes:
    """Change what a compressed body holds, how it is cut into members, or its bytes."""
    encoding, body = split(data)
    if chance.random() < _SHARE_OF_BYTES or not data:
        return mutate(data, most)
    try:
        plain = _decompressed(body, encoding)
    except (zlib.error, zstandard.ZstdError):
        return mutate(data, most)
    kind = chance.random()
    if kind < 0.2:
        plain *= chance.choice((2, 16, 1_000)) if len(plain) < _MOST_REPEATED else 1
    elif kind < 0.7:
        plain = mutate(plain, most)
    members = [plain] if chance.random() < 0.7 else [plain[:7], b"", plain[7:]]
    found = data[:1] + b"".join(_compressed(member, encoding, chance) for member in members)
    return found if len(found) <= most else mutate(data, most)


def mutate_bytes(data: bytes, most: int, chance: random.Random, words: Sequence[str], mutate: Mutate) -> bytes:
    """Change bytes."""
    return mutate(data, most)


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True).read(1 << 20)
    return zlib.decompressobj(31 if encoding == "gzip" else 15).decompress(body, 1 << 20)


def _compressed(plain: bytes, encoding: str, chance: random.Random) -> bytes:
    if encoding == "zstd":
        parameters = zstandard.ZstdCompressionParameters.from_level(  # pyright: ignore[reportUnknownMemberType]
            1, window_log=chance.choice((10, 20, 24, 25)), write_checksum=chance.random() < 0.5
        )
        return zstandard.ZstdCompressor(compression_params=parameters).compress(plain)
    level = chance.choice((0, 1, 9))
    return gzip.compress(plain, level, mtime=0) if encoding == "gzip" else zlib.compress(plain, level)


def _changed(value: Any, chance: random.Random, words: Sequence[str], mutate: Mutate) -> Any:
    """Return the document with one place in it changed."""
    places = _places(value)
    if not places:
        return chance.choice(_VALUES)
    container, key = chance.choice(places)
    kind = chance.random()
    if kind < 0.35:
        container[key] = _new_value(chance, words)
    elif kind < 0.5:
        container[key] = _mutated(container[key], chance, mutate)
    elif kind < 0.6:
        container[key] = chance.choice(
            ([container[key]], {"content": container[key]}, orjson.dumps(container[key]).decode())
        )
    elif kind < 0.7:
        other, place = chance.choice(places)
        container[key] = orjson.loads(orjson.dumps(other[place]))
    elif kind < 0.75:
        container[key] = _deep(container[key], chance.choice((10, 40, 70, 120)))
    elif isinstance(container, list):
        _change_list(cast(list[Any], container), key, chance)
    else:
        _change_object(cast(dict[str, Any], container), key, chance, words)
    return value


def _change_list(items: list[Any], at: int, chance: random.Random) -> None:
    kind = chance.random()
    if kind < 0.4:
        del items[at]
    elif kind < 0.8:
        items.insert(at, orjson.loads(orjson.dumps(items[at])))
    else:
        # Several changes in a row must not multiply to gigabytes.
        times = chance.choice((3, 60, 600))
        items += items[at : at + 1] * (times if len(orjson.dumps(items[at])) * times < _MOST_REPEATED else 1)


def _change_object(values: dict[str, Any], key: str, chance: random.Random, words: Sequence[str]) -> None:
    kind = chance.random()
    if kind < 0.3:
        del values[key]
    elif kind < 0.7:
        values[chance.choice(words) if words else "x"] = values[key]
    else:
        values[chance.choice(words) if words else "x"] = _new_value(chance, words)


def _new_value(chance: random.Random, words: Sequence[str]) -> Any:
    if words and chance.random() < 0.4:
        return chance.choice(words)
    # A copy: a later change must not reach the table.
    return orjson.loads(orjson.dumps(chance.choice(_VALUES)))


def _mutated(value: Any, chance: random.Random, mutate: Mutate) -> Any:
    if isinstance(value, str):
        return mutate(value.encode(), max(64, len(value) * 4)).decode("utf-8", "replace")
    if isinstance(value, int | float):
        return chance.choice((-value, value + 1, value / 2, str(value)))
    return value


def _deep(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place of the document as (object or list, key or index); the first thousands of a large one."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [value]
    while waiting and len(found) < 4_000:
        inner = waiting.pop()
        if isinstance(inner, dict):
            given = cast(dict[str, Any], inner)
            found += [(given, key) for key in given]
            waiting += given.values()
        elif isinstance(inner, list):
            items = cast(list[Any], inner)
            found += [(items, at) for at in range(len(items))]
            waiting += items
    return found
