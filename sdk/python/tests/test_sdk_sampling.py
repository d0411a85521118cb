"""Sampling: a trace is sent whole or not at all, by its id alone, and what is left out counts as nothing."""

from __future__ import annotations

import pytest

import watchllm
from watchllm._sampling import is_kept
from watchllm._settings import ConfigurationError, read_settings
from watchllm.testing import recording


def send_trace() -> str:
    with watchllm.span("root") as root:
        with watchllm.model_call("m") as call:
            call.response("x")
        watchllm.log("inside")
        with watchllm.step("plan"):
            watchllm.retrieval("q")
    return root.trace_id


def test_all_of_a_trace_is_sent_or_none() -> None:
    with recording(sample_rate=0.3) as seen:
        traces = [send_trace() for _ in range(400)]
        events = seen.events
        counts = watchllm.stats()
    by_trace = {trace: sum(event["traceId"] == trace for event in events) for trace in traces}
    assert set(by_trace.values()) == {0, 5}
    assert 0.2 < sum(count == 5 for count in by_trace.values()) / 400 < 0.4
    assert counts["dropped"] == {}
    assert all((by_trace[trace] == 5) == is_kept(trace, 0.3) for trace in traces)


def test_an_event_outside_any_trace_is_sampled_by_its_own_id() -> None:
    with recording(sample_rate=0.5) as seen:
        sent = [watchllm.log("x") for _ in range(300)]
        assert {one for one in sent if one} == {event["eventId"] for event in seen.events}
    assert 90 < sum(map(bool, sent)) < 210


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 0), (1.0, 5)])
def test_nothing_and_everything(rate: float, expected: int) -> None:
    with recording(sample_rate=rate) as seen:
        send_trace()
        assert len(seen.events) == expected


def test_the_rate_is_a_setting() -> None:
    environ = {"WATCHLLM_API_KEY": "k", "WATCHLLM_SAMPLE_RATE": " 0.25 "}
    assert read_settings({}, environ).sample_rate == 0.25
    assert read_settings({"sample_rate": 0.5}, environ).sample_rate == 0.5
    for wrong in ("-1", "2", "half", "nan"):
        with pytest.raises(ConfigurationError, match="from 0"):
            read_settings({}, {**environ, "WATCHLLM_SAMPLE_RATE": wrong})
