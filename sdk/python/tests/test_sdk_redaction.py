"""Redaction before the queue: well-known secrets, patterns of one's own, the hook, and what a failing hook does."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

import watchllm
from watchllm.testing import recording

KEY = "sk-abc123DEF456ghi789JKL0"


def test_a_key_is_redacted_wherever_it_stands() -> None:
    with recording() as seen:
        with watchllm.context(metadata={"note": f"with {KEY}", "password": "hunter2"}):
            with watchllm.span("call", input={"headers": {"Authorization": "Basic x"}, "deep": [[{"k": KEY}]]}) as span:
                span.attributes["key"] = KEY
                watchllm.model_response("m", messages=[{"role": "user", "content": f"use {KEY}"}], response=KEY)
            watchllm.error(ValueError(f"bad key {KEY}"))
        assert KEY not in json.dumps(seen.events)
        assert "hunter2" not in json.dumps(seen.events)
        (body,) = seen.bodies("span")
    assert body["input"] == {"headers": {"Authorization": "[redacted]"}, "deep": [[{"k": "[redacted]"}]]}
    assert body["attributes"] == {"key": "[redacted]"}


def test_what_the_queue_holds_is_redacted_already() -> None:
    with recording(flush_interval_s=3600) as seen:
        watchllm.log(f"key {KEY}")
        queued = [entry.body for entry in watchllm._process._client.outbox._entries]  # type: ignore[attr-defined, union-attr]
        assert KEY not in repr(queued)
        assert len(seen.events) == 1


def test_the_hook_is_asked_for_each_field_and_its_answer_is_sent() -> None:
    asked: list[tuple[str, Any]] = []

    def hook(value: Any, field: str) -> Any:
        asked.append((field, value))
        return "***" if field in ("input", "attributes.email") else value

    with recording(redact=hook) as seen:
        with watchllm.span("work", input={"card": "4111"}, email="ada@example.com", tier="pro", count=3):
            pass
        (body,) = seen.bodies("span")
    assert body["input"] == "***"
    assert body["attributes"] == {"email": "***", "tier": "pro", "count": 3}
    assert {field for field, _ in asked} == {"name", "input", "status", "attributes.email", "attributes.tier"}


def test_a_hook_that_raises_hides_the_field_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def hook(value: Any, field: str) -> Any:
        if field == "input":
            raise KeyError("secret text")
        return value

    with recording(redact=hook) as seen:
        with watchllm.span("work", input="secret text") as span:
            span.output = "fine"
        (body,) = seen.bodies("span")
    assert (body["input"], body["output"]) == ("[redaction failed]", "fine")
    assert "the redact hook raised (KeyError)" in caplog.text
    assert "secret text" not in caplog.text


def test_what_a_hook_returns_is_redacted_and_bounded_too() -> None:
    with recording(redact=lambda value, field: {"password": "x", "huge": "y" * 3_000_000}) as seen:
        watchllm.custom("c", "v")
        (body,) = seen.bodies("custom")
    assert body["payload"]["password"] == "[redacted]"
    assert len(body["payload"]["huge"]) < 1_100_000


def test_patterns_of_ones_own_come_beside_the_known_ones() -> None:
    with recording(redact_patterns=(r"\d{3}-\d{2}-\d{4}",)) as seen:
        watchllm.log(f"SSN 123-45-6789 and {KEY}")
        assert seen.bodies("log")[0]["message"] == "SSN [redacted] and [redacted]"


def test_switched_off_nothing_is_touched() -> None:
    with recording(redact_defaults=False) as seen:
        watchllm.log(KEY, metadata={"password": "x"})
        assert seen.bodies("log") == [{"level": "info", "message": KEY, "metadata": {"password": "x"}}]


def test_redaction_that_cannot_work_keeps_the_sdk_off(caplog: pytest.LogCaptureFixture) -> None:
    for given in ({"redact": 3}, {"redact_patterns": ["("]}, {"redact_patterns": "abc"}, {"redact_defaults": "no"}):
        watchllm.init("wl_x", **given)  # type: ignore[arg-type]
        watchllm.log("x")
        assert watchllm.stats()["queued"] == 0
    assert "WatchLLM is off: redact" in caplog.text


def test_compiled_patterns_are_taken() -> None:
    watchllm.init("wl_x", "http://127.0.0.1:9", redact_patterns=[re.compile("abc")])  # type: ignore[list-item]
    assert watchllm._process._client is not None  # type: ignore[attr-defined]


def test_a_megabyte_of_hostile_text_is_searched_in_linear_time() -> None:
    hostile = ["sk-" + "a" * 10 + " ", "eyJ" + "a" * 9 + ".", "-----BEGIN PRIVATE KEY-----", "Bearer  ", "wl_a "]
    with recording():
        for piece in hostile:
            text = piece * (1_000_000 // len(piece))
            began = time.perf_counter()
            watchllm.log(text)
            assert time.perf_counter() - began < 2.0, piece


SHORTEST = [
    "Bearer " + "a" * 15 + "1",
    "bearer    " + "1" * 16,
    "sk-" + "a" * 20,
    "wl_" + "a" * 29,
    *(f"gh{kind}_" + "a" * 36 for kind in "pousr"),
    "AKIA" + "A" * 16,
    "ASIA" + "0" * 16,
    "AIza" + "-" * 35,
    *(f"xox{kind}-" + "0" * 10 for kind in "abprs"),
    "eyJ" + "a" * 8 + "." + "b" * 8 + "." + "c" * 8,
    "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
]
AROUND = ["{}", "({})", "x {} y", "a-b_c A J {}", "task-force my_var A JSON wl_short sk-short eyJ {} xox-AIza"]


@pytest.mark.parametrize("secret", SHORTEST, ids=lambda secret: secret[:10])
def test_the_shortest_secret_of_each_kind_is_found_in_any_surroundings(secret: str) -> None:
    with recording() as seen:
        for around in AROUND:
            watchllm.log(around.format(secret))
        sent = [body["message"] for body in seen.bodies("log")]
    assert sent == [around.format("[redacted]") for around in AROUND]
