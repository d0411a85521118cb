"""The loopback model must answer as the real APIs do, the same every time, and bill what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest

from tests.loopback_llm import LoopbackLLM

TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "nights": {"type": "integer"}}}
ASKED = [{"role": "user", "content": "Is it warm in Lisbon?"}]
CHAT_TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": TOOL_SCHEMA}}]


@pytest.fixture(scope="module")
def llm() -> Iterator[LoopbackLLM]:
    with LoopbackLLM() as running:
        yield running


def post(llm: LoopbackLLM, path: str, **body: Any) -> httpx2.Response:
    answer = httpx2.post(llm.url + path, json={"model": "gpt-4o-mini", **body})
    assert answer.status_code == 200, answer.text
    return answer


def events_of(answer: httpx2.Response) -> list[dict[str, Any]]:
    """Return the data of every server-sent event but the closing mark."""
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    return [msgspec.json.decode(line) for line in lines if line != "[DONE]"]


def test_the_first_turn_calls_every_tool_and_the_next_answers_from_the_results(llm: LoopbackLLM) -> None:
    first = post(llm, "/v1/chat/completions", messages=ASKED, tools=CHAT_TOOLS).json()["choices"][0]
    assert first["finish_reason"] == "tool_calls"
    call = first["message"]["tool_calls"][0]
    assert msgspec.json.decode(call["function"]["arguments"]) == {"city": "Lisbon", "nights": 3}
    said = {"role": "tool", "tool_call_id": call["id"], "content": "21 °C"}
    second = post(llm, "/v1/chat/completions", messages=[*ASKED, first["message"], said], tools=CHAT_TOOLS).json()
    assert second["choices"][0]["finish_reason"] == "stop"
    assert "21 °C" in second["choices"][0]["message"]["content"]


def test_a_streamed_chat_says_and_bills_what_the_plain_one_does(llm: LoopbackLLM) -> None:
    plain = post(llm, "/v1/chat/completions", messages=ASKED).json()
    options = {"include_usage": True}
    chunks = events_of(post(llm, "/v1/chat/completions", messages=ASKED, stream=True, stream_options=options))
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert text == plain["choices"][0]["message"]["content"]
    assert chunks[-1]["usage"] == plain["usage"]
    assert llm.calls[-1].usage == llm.calls[-2].usage
    assert (llm.calls[-2].is_streamed, llm.calls[-1].is_streamed) == (False, True)


def test_a_chat_streamed_without_include_usage_tells_no_usage(llm: LoopbackLLM) -> None:
    assert all(
        "usage" not in chunk for chunk in events_of(post(llm, "/v1/chat/completions", messages=ASKED, stream=True))
    )


def test_a_streamed_response_ends_with_the_plain_response(llm: LoopbackLLM) -> None:
    tools = [{"type": "function", "name": "get_weather", "parameters": TOOL_SCHEMA}]
    plain = post(llm, "/v1/responses", input="Is it warm in Lisbon?", tools=tools).json()
    events = events_of(post(llm, "/v1/responses", input="Is it warm in Lisbon?", tools=tools, stream=True))
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"] == plain
    assert plain["output"][0]["type"] == "function_call"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_anthropic_counts_cached_tokens_beside_the_input(llm: LoopbackLLM) -> None:
    plain = post(llm, "/v1/messages", messages=ASKED, system="Be brief.", max_tokens=100).json()
    billed = llm.calls[-1].usage
    assert plain["usage"]["input_tokens"] + plain["usage"]["cache_read_input_tokens"] == billed.input_tokens
    events = events_of(post(llm, "/v1/messages", messages=ASKED, system="Be brief.", max_tokens=100, stream=True))
    text = "".join(event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta")
    assert text == plain["content"][0]["text"]
    assert events[-2]["usage"]["output_tokens"] == billed.output_tokens


def test_embeddings_are_the_same_for_the_same_text(llm: LoopbackLLM) -> None:
    vectors = [entry["embedding"] for entry in post(llm, "/v1/embeddings", input=["a", "b", "a"]).json()["data"]]
    assert vectors[0] == vectors[2] != vectors[1]
