"""Any value of the host becomes a bounded, marked JSON value, and nothing raises."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import json
import pathlib
import socket
import threading
import types
import uuid
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pydantic
import pytest

import watchllm
from watchllm._values import MAX_VALUE_BYTES, clean_id, clean_key, freeze
from watchllm.testing import Recording


def frozen(value: object) -> Any:
    copy, _ = freeze(value)
    json.dumps(copy, allow_nan=False)
    return copy


class Colour(enum.Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Node:
    name: str
    child: Any = None


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    name: str
    secret: pydantic.SecretStr = pydantic.SecretStr("hidden")


class Struct(msgspec.Struct):
    a: int


class BrokenRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class BrokenProperty:
    __dataclass_fields__ = ("good", "bad")
    good = 1

    @property
    def bad(self) -> int:
        raise RuntimeError("no")


class BrokenClass:
    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise RuntimeError("no")


class HugeRepr:
    def __repr__(self) -> str:
        return "x" * (32 * 1024 * 1024)


@pytest.mark.parametrize(
    ("value", "copy"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        ("text", "text"),
        (float("nan"), None),
        ([1.0, float("inf")], [1.0, None]),
        (2**63, 2**63),
        (2**64, "18446744073709551616"),
        (-(2**64), "-18446744073709551616"),
        (1 << 100_000, "[integer of 100001 bits]"),
        ((1, (2,)), [1, [2]]),
        ({1: "a", None: "b", (2, 3): "c"}, {"1": "a", "None": "b", "(2, 3)": "c"}),
        ({"a"}, ["a"]),
        (collections.deque([1]), [1]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        ({"a": 1}.keys(), ["a"]),
        (b"bytes", "bytes"),
        (b"\xff\xfe", "[2 bytes]"),
        (bytearray(b"x"), "x"),
        (memoryview(array.array("d", [1.0])), "[8 bytes]"),
        (Colour.RED, "red"),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Node("a", Node("b")), {"name": "a", "child": {"name": "b", "child": None}}),
        (Model(name="m", more=1), {"name": "m", "secret": "SecretStr('**********')", "more": 1}),
        (Struct(1), {"a": 1}),
        (decimal.Decimal("0.10"), "0.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (ipaddress.ip_address("127.0.0.1"), "127.0.0.1"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05"),  # noqa: DTZ001 - without a zone on purpose
        (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "2026-01-02T00:00:00+00:00"),
        (datetime.timedelta(seconds=61), "0:01:01"),
        (ValueError("x"), "ValueError: x"),
        (int, "builtins.int"),
        (np.float64(1.5), 1.5),
        (np.int32(3), 3),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.zeros((100, 100)), "[ndarray shape=(100, 100) dtype=float64]"),
        (pd.DataFrame({"a": [1, 2]}), "[DataFrame shape=(2, 1)]"),
        (pd.Timestamp("2026-01-01"), "2026-01-01T00:00:00"),
        (BrokenRepr(), "[unreadable BrokenRepr]"),
        (BrokenProperty(), {"good": 1, "bad": "[unreadable field]"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_shown_as_a_person_would_write_it(value: object, copy: object) -> None:
    assert frozen(value) == copy


def test_cycles_depth_and_broken_classes_are_marked() -> None:
    cycle: list[Any] = []
    cycle.append({"again": cycle})
    assert frozen(cycle) == [{"again": "[cycle]"}]
    node = Node("a")
    node.child = node
    assert frozen(node) == {"name": "a", "child": "[cycle]"}
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    assert "[too deep]" in json.dumps(frozen(deep))
    assert "BrokenClass" in frozen(BrokenClass())


def test_the_same_object_twice_is_no_cycle() -> None:
    shared = {"x": 1}
    assert frozen([shared, shared]) == [shared, shared]


@pytest.mark.parametrize(
    "value",
    [
        "x" * 5_000_000,
        "ü" * 5_000_000,
        ["x" * 1000] * 100_000,
        {str(n): n for n in range(1_000_000)},
        list(range(1_000_000)),
        [0.5] * 1_000_000,
        [[[["x"] * 100] * 100] * 100] * 100,
        HugeRepr(),
        set(range(100_000)),
    ],
    ids=["text", "wide text", "texts", "mapping", "integers", "floats", "tree", "repr", "set"],
)
def test_a_huge_value_is_cut_and_says_so(value: object) -> None:
    copy, size = freeze(value)
    written = json.dumps(copy, ensure_ascii=False)
    assert len(written.encode()) <= MAX_VALUE_BYTES * 1.1
    assert size <= MAX_VALUE_BYTES
    assert "more]" in written or "in all]" in written


def test_iterators_are_described_and_not_consumed() -> None:
    generator = (n for n in range(3))
    assert "generator" in frozen(generator)
    assert list(generator) == [0, 1, 2]


def test_a_socket_a_lock_and_a_module_are_described() -> None:
    with socket.socket() as sock:
        assert "socket" in frozen(sock)
    assert "lock" in frozen(threading.Lock())
    assert "module" in frozen(json)


def test_an_embedding_is_copied_whole() -> None:
    vector = [n / 7 for n in range(1536)]
    copy = frozen(vector)
    assert copy == vector
    assert copy is not vector


def test_a_mapping_that_changes_meanwhile_never_raises() -> None:
    shared: dict[str, int] = {}
    stop = threading.Event()

    def change() -> None:
        n = 0
        while not stop.is_set():
            shared[str(n % 100)] = n
            shared.pop(str((n * 7) % 100), None)
            n += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(2000):
            assert isinstance(freeze({"shared": shared})[0]["shared"], dict)
    finally:
        stop.set()
        thread.join()


def test_ids_and_keys_fit_what_the_server_takes() -> None:
    assert clean_id("a\n\0b") == "ab"
    assert clean_id(7) == "7"
    assert len(clean_id("ü" * 1000).encode()) <= 256
    assert clean_key("a\0b") == "a\N{REPLACEMENT CHARACTER}b"
    assert len(clean_key("k" * 1000)) == 256
    assert clean_key(BrokenRepr()) == "[unreadable BrokenRepr]"


def test_text_that_is_no_valid_unicode_arrives_repaired(recorded: Recording) -> None:
    watchllm.log("bad \ud800 pair \ud83d\ude00 end")
    assert recorded.bodies("log")[0]["message"] == "bad \N{REPLACEMENT CHARACTER} pair \N{GRINNING FACE} end"
