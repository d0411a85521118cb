"""One whole event and the list of them: what was sent, what became of it, and what it cost."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.reading import EVENTS, Project, at, event, model_call
from tests.running import wait_until

from watchllm_server.ui_backend.answers import EventAnswer, EventList

ALL = ("root", "call", "unknown", "lost", "free", "line")


@pytest.mark.parametrize("event_id", ALL)
def test_an_event_is_exactly_what_the_reference_describes(story: Project, event_id: str) -> None:
    answer = story.read(f"{EVENTS}/{event_id}")
    assert EventAnswer.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer


def test_the_list_is_exactly_what_the_reference_describes(story: Project) -> None:
    answer = story.read(EVENTS)
    assert EventList.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer
    assert [row["event_id"] for row in answer["data"]] == ["line", "free", "lost", "unknown", "call", "root"]


def test_a_list_never_carries_inputs_and_outputs(story: Project) -> None:
    for row in story.read(EVENTS)["data"]:
        assert not {"input", "output", "raw", "attributes", "messages"} & set(row)


def test_a_model_call_is_shown_with_its_messages_its_cost_and_how_it_was_found(story: Project) -> None:
    call = story.read(f"{EVENTS}/call")
    said = {"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}
    assert call["messages"] == call["input"] == [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    assert call["output_messages"] == [said]
    assert (call["cost_usd"], call["cost_status"], call["counted"]) == ("0.00035", "priced", True)
    assert call["cost_breakdown"] == {"input": "0.00025", "output": "0.0001"}
    assert call["price_revision"]
    assert (call["start_time"], call["end_time"], call["duration_ms"]) == (at(1), at(1.5), 500)
    assert call["raw"]["body"]["usage"] == {"inputTokens": 100, "outputTokens": 10}


def test_an_unknown_model_costs_null_never_zero(story: Project) -> None:
    unknown = story.read(f"{EVENTS}/unknown")
    assert (unknown["cost_usd"], unknown["cost_breakdown"]) == (None, {})
    assert unknown["cost_status"] == "unpriced:unknown_model"
    rows = {row["event_id"]: row["cost_usd"] for row in story.read(EVENTS)["data"]}
    assert rows == {"call": "0.00035"} | {name: None for name in ALL if name != "call"}


def test_usage_that_repeats_its_calls_counts_nothing_and_says_why(empty: Project) -> None:
    usage = {"model": "gpt-4o", "inputTokens": 100, "outputTokens": 10}
    empty.store(
        model_call("call", "t", 0, "gpt-4o"),
        event("usage", "t", 1, "token_usage", parentEventId="call", body=usage),
        event("line", "t", 2),
    )
    counted = {name: empty.read(f"{EVENTS}/{name}")["counted"] for name in ("call", "usage", "line")}
    assert counted == {"call": True, "usage": False, "line": False}
    assert empty.read(f"{EVENTS}/usage")["counted_reason"]
    assert empty.read(f"{EVENTS}/line")["counted_reason"] == "type_without_usage"
    assert empty.read("/api/v1/traces/t")["total_tokens"] == 110


def test_numbers_and_texts_come_back_as_they_were_sent(empty: Project) -> None:
    payload: dict[str, Any] = {
        "large": 2**53 + 1, "small": 1e-7, "list": [1, None, True, "x"], "text": "付款 😀 \u0000 \u2028 </script>",
        "": "empty key", "nested": {"a": {"b": []}},
    }  # fmt: skip
    empty.store(event("e", "t", 0, "custom", body={"name": "thing", "payload": payload}))
    answer = empty.get(f"{EVENTS}/e")
    assert str(2**53 + 1).encode() in answer.body
    assert answer.json["raw"]["body"]["payload"] == payload


def test_the_trace_of_an_event_may_be_named_and_must_be_right(story: Project) -> None:
    assert story.read(f"{EVENTS}/call", trace_id="agent") == story.read(f"{EVENTS}/call")
    assert story.refusal(f"{EVENTS}/call", trace_id="single") == (404, "not_found")
    assert story.refusal(f"{EVENTS}/call", trace_id="x" * 257) == (404, "not_found")


@pytest.mark.parametrize("name", ["none", "x" * 257, "%00", "CALL", "call%20", "%F0%9F%98%80"])
def test_an_event_that_is_not_there_answers_404(story: Project, name: str) -> None:
    assert story.refusal(f"{EVENTS}/{name}") == (404, "not_found")


def test_the_last_accepted_version_is_the_event(empty: Project) -> None:
    for text in ("first", "second"):
        empty.store(event("e", "t", 0, body={"level": "info", "message": text}))
    wait_until(lambda: empty.read(f"{EVENTS}/e")["raw"]["body"]["message"] == "second")
    assert len(empty.read(EVENTS)["data"]) == 1
    wait_until(lambda: empty.read("/api/v1/ledger")["totals"]["queued"] == 0)
    totals = empty.read("/api/v1/ledger")["totals"]
    assert (totals["received"], totals["stored"], totals["duplicate"]) == (2, 1, 1)
