"""The bounds of one input are real: what is too slow or too large fails."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.bounds import MAX_CPU_S, MAX_GROWTH, Bounds


def test_an_input_that_takes_too_long_fails() -> None:
    def run(data: bytes) -> None:
        until_s = time.thread_time() + MAX_CPU_S * 1.1
        while time.thread_time() < until_s:
            pass

    with pytest.raises(AssertionError, match="processor time"):
        Bounds(run, []).check(b"")


def test_an_input_that_takes_too_much_memory_fails_also_when_it_is_let_go_again() -> None:
    def run(data: bytes) -> None:
        assert len(bytearray(int.from_bytes(data) << 20)) == int.from_bytes(data) << 20

    bounds = Bounds(run, [])
    limit_mib = MAX_GROWTH >> 20
    with pytest.raises(AssertionError, match="memory"):
        bounds.check((limit_mib + 16).to_bytes(2))
    bounds.check((limit_mib // 2).to_bytes(2))
