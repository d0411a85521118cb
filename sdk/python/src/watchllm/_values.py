"""Copies any value of the host into plain JSON values, bounded in size and marked where cut.

The copy is made on the calling thread, so that later changes by the host are not seen; text and numbers are
taken as they are. It never raises, never consumes an iterator, and never keeps an object of the host alive.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sized
from enum import Enum
from itertools import islice
from typing import Any, cast

from watchllm._objects import described, record_reader, type_name

# One value may cost the host a millisecond and the server's limit of one text, not more.
MAX_VALUE_BYTES = 1024 * 1024
# The server refuses an event nested deeper than 64 levels, its envelope included.
MAX_DEPTH = 32
# The server's limit for one key.
MAX_KEY_BYTES = 256
# The server refuses an event whose environment or release is longer, which would be every event of a process.
MAX_LABEL_BYTES = 64
# A name is shown in one line; nobody reads further.
MAX_NAME_CHARS = 1024
# What a list or mapping member costs in memory beside its text, measured on CPython 3.11: 56 to 100 bytes.
NODE_BYTES = 64
# A character beyond ASCII takes at most 4 bytes, in memory as in UTF-8.
WIDE_BYTES = 4

# Integers beyond 64 bits become floats or errors in most readers of JSON.
_MIN_INT = -(2**63)
_MAX_INT = 2**64 - 1
_SMALL = 2**30
# Arrays up to an embedding's usual length are copied; larger ones are described.
_MAX_ARRAY = 4096

_ARRAY_PACKAGES = frozenset({"numpy", "pandas", "polars", "pyarrow", "torch", "jax", "jaxlib", "tensorflow", "scipy"})
_copy_dict: Callable[[Mapping[object, object]], Mapping[object, object]] = cast(Any, dict).copy
_EMPTY: dict[str, str] = {}
_SERIES: tuple[type[Any], ...] = (
    list,
    tuple,
    set,
    frozenset,
    deque,
    type(_EMPTY.keys()),
    type(_EMPTY.values()),
    type(_EMPTY.items()),
)


def freeze(value: object) -> tuple[Any, int]:
    """Return a bounded JSON copy of `value` and about how many bytes it holds."""
    if type(value) is str and len(value) <= 4096:
        return value, len(value) if value.isascii() else len(value) * WIDE_BYTES
    copier = _Copier()
    frozen = copier.copy(value, 0)
    return frozen, MAX_VALUE_BYTES - copier.left


def text_of(value: object, limit: int = MAX_NAME_CHARS) -> str:
    """Return a text for a value that must become one, such as a name; cut at `limit` characters."""
    try:
        text = value if type(value) is str else str(value)
        return str.__str__(text)[:limit]
    except Exception:
        return f"[unreadable {type_name(type(value))}]"


def clean_id(value: object, limit: int = MAX_KEY_BYTES) -> str:
    """Return an id that the server takes: no control characters, at most `limit` bytes; "" for None."""
    if value is None:
        return ""
    text = text_of(value)
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= limit and text.isascii() else _cut_bytes(text, limit)


def clean_label(value: object) -> str:
    """Return an environment or a release as the server takes it."""
    return clean_id(value, MAX_LABEL_BYTES)


def clean_key(key: object) -> str:
    """Return a key of a mapping as the server takes it."""
    text = key if type(key) is str else text_of(key)
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(text) * WIDE_BYTES <= MAX_KEY_BYTES or (text.isascii() and len(text) <= MAX_KEY_BYTES):
        return text
    return _cut_bytes(text, MAX_KEY_BYTES)


def _cut_bytes(text: str, limit: int) -> str:
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


class _Copier:
    """One copy: how many bytes it may still take, and the containers above the present one."""

    __slots__ = ("_path", "left")

    def __init__(self) -> None:
        self.left = MAX_VALUE_BYTES
        self._path: set[int] = set()

    def copy(self, value: Any, depth: int) -> object:
        kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType] - the type of anything
        if kind is str:
            return self._text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return self._integer(value)
        if kind is float:
            # Neither JSON nor the server has NaN and infinity.
            return value if math.isfinite(value) else None
        if kind is dict or kind is list or kind is tuple:
            return self._nested(value, kind is dict, depth)
        try:
            return self._object(value, kind, depth)
        except Exception:
            return f"[unreadable {type_name(kind)}]"

    def _text(self, text: str) -> str:
        width = 1 if text.isascii() else WIDE_BYTES
        cost = len(text) * width
        if cost <= self.left:
            self.left -= cost
            return text
        kept = max(self.left, 0) // width
        self.left = 0
        return f"{text[:kept]}[… cut, {len(text)} characters in all]"

    def _integer(self, number: int) -> object:
        if _MIN_INT <= number <= _MAX_INT:
            return number
        # Python refuses to print more than 4,300 digits.
        return str(number) if number.bit_length() < 8192 else f"[integer of {number.bit_length()} bits]"

    def _nested(self, value: Any, is_mapping: bool, depth: int) -> object:
        if depth >= MAX_DEPTH:
            return "[too deep]"
        identity = id(value)
        if identity in self._path:
            return "[cycle]"
        self._path.add(identity)
        try:
            return self._mapping(value, depth + 1) if is_mapping else self._series(value, depth + 1)
        except Exception:
            # Such as a mapping that another thread changes while it is read.
            return f"[unreadable {type_name(cast('type[Any]', type(value)))}]"
        finally:
            self._path.discard(identity)

    def _mapping(self, mapping: Mapping[object, object], depth: int) -> object:
        copied: dict[str, object] = {}
        room = self.left // NODE_BYTES + 1
        # Copying a dict is one step of the interpreter; while it is iterated, another thread may change it.
        is_steady = issubclass(type(mapping), dict) and len(mapping) <= room
        items = _copy_dict(mapping).items() if is_steady else list(islice(mapping.items(), room))
        for key, value in items:
            name = clean_key(key)
            self.left -= NODE_BYTES + len(name)
            if self.left <= 0:
                self.left = 0
                copied["[…]"] = f"[{len(mapping) - len(copied)} more]"
                break
            # Most of what is no text is a small number; the general way costs four times as much.
            is_small = type(value) is int and -_SMALL < value < _SMALL
            copied[name] = value if is_small else self.copy(value, depth)
        return copied

    def _series(self, items: Iterable[object], depth: int) -> object:
        taken = list(islice(items, self.left // NODE_BYTES + 1))
        if numbers := self._numbers(taken):
            return numbers
        copied: list[object] = []
        for item in taken:
            self.left -= NODE_BYTES
            if self.left <= 0:
                self.left = 0
                total = len(items) if isinstance(items, Sized) else len(taken)
                copied.append(f"[… {total - len(copied)} more]")
                break
            copied.append(self.copy(item, depth))
        return copied

    def _numbers(self, items: list[object]) -> list[object] | None:
        """Take a vector as it is: an embedding of 1,536 floats costs 20 µs here and 200 µs one by one."""
        if len(items) < 16 or len(items) * NODE_BYTES > self.left or set(map(type, items)) != {float}:
            return None
        if not math.isfinite(sum(cast(list[float], items))):
            return None
        self.left -= len(items) * NODE_BYTES
        return items

    def _object(self, value: Any, kind: Any, depth: int) -> object:
        """Copy a value that is not of a plain type; may raise whatever the value's own code raises."""
        if issubclass(kind, Enum):
            return self.copy(value.value, depth + 1) if depth < MAX_DEPTH else "[too deep]"
        if issubclass(kind, str):
            return self._text(str.__str__(value))
        if issubclass(kind, int):
            return self._integer(int.__int__(value))
        if issubclass(kind, float):
            return self.copy(float.__float__(value), depth)
        if issubclass(kind, (bytes, bytearray, memoryview)):
            return self._bytes(value)
        if hasattr(kind, "_fields") and issubclass(kind, tuple):
            return self._nested(dict(zip(value._fields, value, strict=False)), True, depth)
        if issubclass(kind, Mapping):
            return self._nested(value, True, depth)
        if issubclass(kind, _SERIES):
            return self._nested(value, False, depth)
        if hasattr(kind, "isoformat"):
            return self._text(str(value.isoformat()))
        module = str(kind.__module__)
        if module.partition(".")[0] in _ARRAY_PACKAGES:
            return self._array(value, kind, depth)
        if (read := record_reader(kind)) is not None:
            return self._record(value, read, depth)
        return self._text(described(value, kind))

    def _record(self, record: Any, read: Callable[[Any], Mapping[object, object]], depth: int) -> object:
        # The record itself stands on the path, since each reading makes a new mapping.
        identity = id(record)
        if identity in self._path:
            return "[cycle]"
        self._path.add(identity)
        try:
            return self._nested(read(record), True, depth)
        finally:
            self._path.discard(identity)

    def _bytes(self, value: bytes | bytearray | memoryview) -> str:
        size = value.nbytes if isinstance(value, memoryview) else len(value)
        try:
            return self._text(bytes(value).decode()) if size <= self.left else f"[{size} bytes]"
        except UnicodeDecodeError:
            return f"[{size} bytes]"

    def _array(self, value: Any, kind: Any, depth: int) -> object:
        shape: Any = getattr(value, "shape", None)
        if kind.__module__.startswith("numpy") and shape is not None and value.size <= _MAX_ARRAY:
            # `tolist` gives Python numbers, for one number (shape ()) as for many; objects inside are copied too.
            return self.copy(value.tolist(), depth)
        parts = [type_name(kind)]
        if shape is not None:
            parts.append(f"shape={text_of(shape)}")
        if (dtype := getattr(value, "dtype", None)) is not None:
            parts.append(f"dtype={text_of(dtype)}")
        return f"[{' '.join(parts)}]"
