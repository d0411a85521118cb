"""Messages of GenAI spans in each of the places where they have stood, as one canonical list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest
from tests.dialects.requests import span_event

USER = {"role": "user", "parts": [{"type": "text", "content": "hi"}]}
SYSTEM = {"role": "system", "parts": [{"type": "text", "content": "be kind"}]}
CALL = {"type": "tool_call", "id": "c1", "name": "search", "arguments": {"q": "x"}}
CALLING = {"role": "assistant", "parts": [CALL]}
RESULT = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}]}
ANSWER = {"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "stop"}
RICH = {
    "role": "assistant",
    "parts": [
        {"type": "reasoning", "content": "hm"},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AP8="},
        {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
        {"type": "something_new", "extra": [1]},
    ],
}


def as_text(value: Any) -> str:
    return orjson.dumps(value).decode()


def read(attributes: Mapping[str, Any], events: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> tuple[Any, Any]:
    """Return input and output of a chat span."""
    event = span_event({"gen_ai.operation.name": "chat", **attributes}, events=events)
    assert event.notes == []
    return (orjson.loads(event.input) if event.input else None, orjson.loads(event.output) if event.output else None)


@pytest.mark.parametrize("write", [as_text, lambda value: value], ids=["json-text", "structured"])  # pyright: ignore
def test_current_attributes_hold_canonical_messages(write: Any) -> None:
    sent = [USER, CALLING, RESULT, RICH]
    given = {"gen_ai.input.messages": write(sent), "gen_ai.output.messages": write([ANSWER])}
    assert read(given) == (sent, [ANSWER])


def test_system_instructions_come_first() -> None:
    instructions = [{"type": "text", "content": "be kind"}]
    given = {"gen_ai.system_instructions": as_text(instructions), "gen_ai.input.messages": as_text([USER])}
    assert read(given) == ([SYSTEM, USER], None)


def test_what_became_messages_is_not_kept_twice() -> None:
    given = {
        "gen_ai.operation.name": "chat", "gen_ai.input.messages": as_text([USER]),
        "gen_ai.output.messages": as_text([ANSWER]), "gen_ai.request.temperature": 0.5,
    }  # fmt: skip
    attributes = span_event(given).attributes
    assert attributes == {"gen_ai.operation.name": "chat", "gen_ai.request.temperature": "0.5"}


def test_previews_show_what_was_asked_and_said() -> None:
    given = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": as_text([SYSTEM, USER])}
    event = span_event({**given, "gen_ai.output.messages": as_text([ANSWER])})
    assert (event.input_preview, event.output_preview) == ("hi", "ho")
    calling = span_event({**given, "gen_ai.output.messages": as_text([CALLING])})
    assert "search" in calling.output_preview


@pytest.mark.parametrize("reasons", [["stop"], '["stop"]'], ids=["list", "json-text"])
def test_finish_reasons_go_to_their_messages(reasons: Any) -> None:
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}]}]
    given = {"gen_ai.output.messages": as_text(said), "gen_ai.response.finish_reasons": reasons}
    assert read(given)[1] == [ANSWER]


def test_results_of_older_emitters_are_responses() -> None:
    old = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "result": "found"}]}
    assert read({"gen_ai.input.messages": as_text([old])})[0] == [RESULT]


INDEXED = {
    "gen_ai.prompt.1.content": "hi",
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "be kind",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "ho",
    "gen_ai.completion.0.finish_reason": "stop",
}


def test_indexed_attributes_are_put_together_in_any_order() -> None:
    assert read(INDEXED) == ([SYSTEM, USER], [ANSWER])
    assert read(dict(reversed(INDEXED.items()))) == ([SYSTEM, USER], [ANSWER])


def test_gaps_between_indexes_are_no_messages() -> None:
    given = {"gen_ai.prompt.3.role": "system", "gen_ai.prompt.3.content": "be kind",
             "gen_ai.prompt.20.role": "user", "gen_ai.prompt.20.content": "hi"}  # fmt: skip
    assert read(given)[0] == [SYSTEM, USER]


def test_more_than_ten_indexed_calls_keep_their_order() -> None:
    given = {f"gen_ai.completion.0.tool_calls.{n}.name": f"f{n}" for n in range(12)}
    said = read({"gen_ai.completion.0.role": "assistant", **given})[1]
    assert [part["name"] for part in said[0]["parts"]] == [f"f{n}" for n in range(12)]


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.prompt.999999999999.role",
        "gen_ai.prompt.10001.role",
        "gen_ai.prompt.-1.role",
        "gen_ai.prompt.x.role",
        "gen_ai.prompt.0." + "a." * 200 + "b",
    ],
)
def test_an_index_that_is_none_stays_an_attribute(key: str) -> None:
    event = span_event({"gen_ai.operation.name": "chat", key: "value"})
    assert (event.input, event.attributes[key]) == ("", "value")


@pytest.mark.parametrize("first", ["gen_ai.prompt.0.content", "gen_ai.prompt.0.content.deeper"])
def test_of_keys_that_contradict_each_other_none_is_lost(first: str) -> None:
    keys = sorted(["gen_ai.prompt.0.content", "gen_ai.prompt.0.content.deeper"], key=lambda key: key != first)
    event = span_event({"gen_ai.operation.name": "chat", **{key: f"value of {key}" for key in keys}})
    kept = event.input + "".join(event.attributes.values())
    assert all(f"value of {key}" in kept for key in keys)


def test_one_prompt_and_completion_of_text() -> None:
    assert read({"gen_ai.prompt": "hi", "gen_ai.completion": "ho"}) == (
        [USER],
        [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}]}],
    )


def test_message_events_with_attributes_of_their_own() -> None:
    calls = as_text([{"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q":"x"}'}}])
    events = [
        ("gen_ai.system.message", {"content": "be kind"}),
        ("gen_ai.user.message", {"content": "hi"}),
        ("gen_ai.assistant.message", {"tool_calls": calls}),
        ("gen_ai.tool.message", {"content": "found", "id": "c1"}),
        ("gen_ai.choice", {"message": as_text({"content": "ho"}), "finish_reason": "stop", "index": 0}),
        ("exception", {"exception.message": "not a message"}),
    ]
    sent, said = read({}, events)
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool"]
    assert sent[:3] == [SYSTEM, USER, CALLING]
    assert sent[3]["parts"][0]["response"] == "found"
    assert said == [ANSWER]


def test_message_events_with_their_body_as_json() -> None:
    events = [
        ("gen_ai.user.message", {"gen_ai.event.content": as_text({"role": "user", "content": "hi"})}),
        ("gen_ai.choice", {"gen_ai.event.content": as_text({"message": {"content": "ho"}, "finish_reason": "stop"})}),
    ]
    assert read({}, events) == ([USER], [ANSWER])


def test_the_newest_place_wins_and_the_others_are_kept() -> None:
    """B-56."""
    old = {"gen_ai.prompt": "old", "gen_ai.prompt.0.content": "older"}
    event = span_event({"gen_ai.operation.name": "chat", "gen_ai.input.messages": as_text([USER]), **old})
    assert orjson.loads(event.input) == [USER]
    assert {key: event.attributes[key] for key in old} == old


@pytest.mark.parametrize("text", ['[{"role": "user", "parts": [{"type"', "{broken", '"half', "plain words"])
def test_a_text_that_was_cut_in_half_is_kept_as_it_is(text: str) -> None:
    """Exporters cut attributes at a length, wherever that is."""
    sent = read({"gen_ai.input.messages": text})[0]
    assert sent == [{"role": "user", "parts": [{"type": "text", "content": text}]}]


@pytest.mark.parametrize("value", ["", "[]", [], None])
def test_nothing_said_is_no_output(value: Any) -> None:
    event = span_event({"gen_ai.operation.name": "chat", "gen_ai.output.messages": value})
    assert (event.output, event.output_preview) == ("", "")


@pytest.mark.parametrize(
    "value", ["[1, null, [2]]", '{"a": 1}', "7", '[{"role": 5, "parts": "x"}]', '[{"parts": [7]}]']
)
def test_odd_messages_never_lose_the_span(value: str) -> None:
    event = span_event({"gen_ai.operation.name": "chat", "gen_ai.input.messages": value, "other": 1})
    assert event.type == "model_response"
    assert event.attributes["other"] == "1"
    assert event.input or "gen_ai.input.messages" in event.attributes
