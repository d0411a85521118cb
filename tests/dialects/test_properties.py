"""What holds for any bytes and any values: no surprise errors, one result for every accepted event, always the same."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dialects.reading import JSON, LIMITS, NATIVE, PROTOBUF, names_of, results_of
from tests.dialects.strategies import ENVELOPES, MODEL_CALLS, SPANS, VALUES

from watchllm_server.dialects.contract import Format, Named
from watchllm_server.errors import EVENT_CODES, WatchLLMError
from watchllm_server.model.event import Event

FORMATS = [pytest.param(form, id=form.name) for form in (NATIVE, PROTOBUF, JSON)]
JSON_FORMATS = [pytest.param(form, id=form.name) for form in (NATIVE, JSON)]
# Building deep values is slow on a busy machine; what is built is small.
PATIENT = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def request_of(spans: list[Any]) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})


def check(form: Format, body: bytes) -> None:
    """Name and map a body as the server does."""
    try:
        named = names_of(form, body)
    except WatchLLMError:
        return
    check_named(named)
    results = results_of(form, body, named)
    ids = [result.event_id for result in results]
    assert ids == named.event_ids
    if not named.rejected:
        assert all(isinstance(result, Event) for result in results)
    assert results_of(form, body, named) == results


def check_named(named: Named) -> None:
    assert all(event_id and len(event_id.encode()) <= 256 for event_id in named.event_ids)
    assert named.duplicates == len(named.event_ids) - len(set(named.event_ids))
    for rejection in named.rejected:
        assert rejection.code in EVENT_CODES
        assert len(rejection.message) < 400


@pytest.mark.parametrize("form", FORMATS)
@PATIENT
@given(body=st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(form: Format, body: bytes) -> None:
    check(form, body)


@pytest.mark.parametrize("form", JSON_FORMATS)
@PATIENT
@given(value=VALUES)
def test_any_json_is_refused_or_read(form: Format, value: object) -> None:
    check(form, orjson.dumps(value))


@PATIENT
@given(envelopes=st.lists(ENVELOPES | VALUES, min_size=1, max_size=3))
def test_any_envelope_is_refused_or_read(envelopes: list[Any]) -> None:
    check(NATIVE, orjson.dumps(envelopes))


@PATIENT
@given(call=MODEL_CALLS)
def test_any_messages_of_a_model_call_are_mapped(call: dict[str, Any]) -> None:
    check(NATIVE, orjson.dumps(call))


@PATIENT
@given(spans=st.lists(SPANS, min_size=1, max_size=3))
def test_any_json_span_is_refused_or_read(spans: list[Any]) -> None:
    check(JSON, request_of(spans))


@PATIENT
@given(envelope=ENVELOPES)
def test_a_mapped_event_stays_within_the_limits(envelope: dict[str, Any]) -> None:
    body = orjson.dumps([envelope])
    named = names_of(NATIVE, body)
    for event in results_of(NATIVE, body, named):
        assert isinstance(event, Event)
        assert len(event.attributes) <= LIMITS.max_attributes
        assert all(isinstance(value, str) for value in event.attributes.values())
        assert event.end_us is None or event.end_us >= event.start_us
