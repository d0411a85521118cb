"""An envelope that says twice which event, project or trace it is of; and none that does not is refused."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.reading import NATIVE, names_of

from watchllm_server.errors import BadRequest

IDENTITY = ("eventId", "event_id", "projectId", "project_id", "traceId", "trace_id")
KEYS = (*IDENTITY, "sessionId", "x", "context")


def as_json(pairs: list[tuple[str, Any]], *, escaped: bool = False) -> str:
    """Return an object with its keys as they are given, also those that repeat."""
    keys = [json.dumps(key).replace("I", "\\u0049").replace("i", "\\u0069") if escaped else json.dumps(key)
            for key, _ in pairs]  # fmt: skip
    return "{" + ",".join(f"{key}:{json.dumps(value)}" for key, (_, value) in zip(keys, pairs, strict=True)) + "}"


def is_refused(body: str) -> bool:
    try:
        names_of(NATIVE, body.encode())
    except BadRequest as error:
        return error.code == "duplicate_key"
    return False


ENVELOPES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(KEYS), st.sampled_from(["a", None, {"eventId": 1}, ["traceId"], '"eventId"'])),
        max_size=6,
    ),
    min_size=1,
    max_size=4,
)


@given(ENVELOPES, st.booleans())
def test_exactly_what_repeats_is_refused(envelopes: list[list[tuple[str, Any]]], escaped: bool) -> None:
    body = "[" + ",".join(as_json(pairs, escaped=escaped) for pairs in envelopes) + "]"
    spelled = [[key.replace("_id", "Id") for key, _ in pairs if key in IDENTITY] for pairs in envelopes]
    assert is_refused(body) is any(len(names) != len(set(names)) for names in spelled)


def test_the_envelope_is_named() -> None:
    good = '{"eventId": "a"}'
    with pytest.raises(BadRequest) as caught:
        names_of(NATIVE, f'[{good}, {good}, {{"trace_id": 1, "traceId": 2}}]'.encode())
    assert caught.value.details == {"index": 2}


def test_an_envelope_alone_is_read_like_a_list_of_one() -> None:
    assert is_refused('{"eventId": "a", "type": "log", "eventId": "b"}')
    assert not is_refused('{"eventId": "a", "type": "log"}')


def test_numbers_of_any_length_and_deep_bodies_do_not_stop_the_second_reading() -> None:
    twice = '{"eventId": "a", "eventId": "b"}'
    assert is_refused(f'[{{"x": {"9" * 300}.5e-7, "eventId": 1}}, {twice}]')
    # Refused for its depth, event by event.
    assert not is_refused('[{"eventId": "a", "eventId": "b", "x": ' + "[" * 1_010 + "]" * 1_010 + "}]")


def test_names_inside_texts_are_not_looked_at_twice() -> None:
    text = orjson.dumps({"eventId": "a", "note": '{"eventId": 1, "eventId": 2}'}).decode()
    assert not is_refused(f"[{text}]")
