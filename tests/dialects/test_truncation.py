"""What is too long is cut, marked, and its length and hash kept."""

from __future__ import annotations

import hashlib

import pytest
from tests.dialects.reading import LIMITS, native_event, typed
from tests.dialects.requests import span_event, span_events

from watchllm_server.dialects.contract import Limits

SMALL = Limits(max_text_bytes=1_000)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("input", native_event(typed("span", name="n", input="x" * 2_000), SMALL)),
        ("output", native_event(typed("span", name="n", output="x" * 2_000), SMALL)),
        ("status_message", native_event(typed("error", message="x" * 2_000), SMALL)),
        ("raw", native_event(typed("span", name="n", other="x" * 990), SMALL)),
        ("name", native_event(typed("span", name="x" * 2_000))),
    ],
)
def test_a_long_field_is_cut_and_marked(name: str, event: object) -> None:
    assert f"truncated:{name}" in getattr(event, "notes")  # noqa: B009
    limit = 1_024 if name == "name" else SMALL.max_text_bytes
    assert len(getattr(event, name)) == limit


def test_the_length_and_hash_of_the_whole_text_are_kept() -> None:
    """B-81."""
    whole = '"' + "x" * 2_000 + '"'
    event = native_event(typed("span", name="n", input="x" * 2_000), SMALL)
    assert event.attributes["truncated.input.bytes"] == str(len(whole))
    assert event.attributes["truncated.input.sha256"] == hashlib.sha256(whole.encode()).hexdigest()


def test_a_two_mebibyte_text_is_cut_at_one() -> None:
    """B-81."""
    event = native_event(typed("log", level="info", message="x" * 2 * 1024 * 1024))
    assert len(event.output) == LIMITS.max_text_bytes
    assert event.output_preview == "x" * 199 + "…"


@pytest.mark.parametrize(("text", "kept"), [("é" * 600, 500), ("€" * 400, 333), ("\U0001f600" * 300, 250)])
def test_a_cut_never_splits_a_character(text: str, kept: int) -> None:
    (event,) = span_events({"attributes": {"k": text}}, limits=SMALL)
    assert event.attributes["k"] == text[:kept]
    assert event.attributes["truncated.attributes.k.bytes"] == str(len(text.encode()))


@pytest.mark.parametrize("text", ["x" * 1_000, "é" * 500, "\U0001f600" * 250])
def test_a_text_of_the_limit_is_whole(text: str) -> None:
    (event,) = span_events({"attributes": {"k": text}}, limits=SMALL)
    assert (event.attributes, event.notes) == ({"k": text}, [])


def test_several_long_attributes_are_noted_once() -> None:
    (event,) = span_events({"attributes": {"a": "x" * 1_001, "b": "x" * 1_001}}, limits=SMALL)
    assert event.notes == ["truncated:attribute"]
    assert {"truncated.attributes.a.sha256", "truncated.attributes.b.sha256"} <= event.attributes.keys()


def test_surplus_attributes_are_dropped_and_counted_and_marks_stay() -> None:
    body = {f"k{number}": "v" for number in range(20)}
    event = native_event(typed("custom", name="n", payload="x" * 2_000, **body), Limits(max_attributes=10))
    assert event.notes == ["dropped_attributes:10"]
    assert list(event.attributes) == [f"k{number}" for number in range(10)]
    both = native_event(
        typed("custom", name="n", payload="x" * 9_000, **body), Limits(max_attributes=10, max_text_bytes=9_000)
    )
    assert "truncated.output.bytes" in both.attributes


def test_a_base64_image_of_three_mebibytes_is_cut_and_the_row_stands() -> None:
    """B-83."""
    image = "data:image/png;base64," + "A" * 3 * 1024 * 1024
    messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": image}}]}]
    event = native_event(typed("model_response", model="m", messages=messages))
    assert {"truncated:input", "truncated:raw"} <= set(event.notes)


def test_a_long_span_name_is_cut() -> None:
    event = span_event(name="n" * 2_000)
    assert (len(event.name), event.notes) == (1_024, ["truncated:name"])
