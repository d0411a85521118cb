"""What `wrap()` does around a client, whatever the client is like: unknown shapes, delays, hosts, abandoned streams."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

import watchllm
from watchllm._requests import provider_of
from watchllm._streams import ChatStream, Gathered, MessagesStream, ResponsesStream
from watchllm.testing import Recording


class _Completions:
    def __init__(self, answers: Any) -> None:
        self._answers = answers

    def create(self, **arguments: Any) -> Any:
        """Say what this client was told to say."""
        return self._answers(**arguments)


class _Chat:
    def __init__(self, answers: Any) -> None:
        self.completions = _Completions(answers)


def client_of(answers: Any) -> Any:
    """Return a client that its class says is OpenAI's, with answers of any shape."""

    class Client:
        base_url = "https://api.openai.com/v1"

        def __init__(self) -> None:
            self.chat = _Chat(answers)

    Client.__module__ = "openai"
    return watchllm.wrap(Client())


def ask(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "?"}], **more)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        "text",
        [],
        {},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{"finish_reason": 3}]},
        {"choices": "x", "usage": "y", "model": ["z"]},
        {"usage": {"prompt_tokens": -1, "brand_new": {"deep": 1}}},
        object(),
    ],
)
def test_an_answer_of_any_shape_is_returned_and_recorded(recorded: Recording, answer: Any) -> None:
    client = client_of(lambda **_: answer)
    assert ask(client) is answer
    (body,) = recorded.bodies("model_response")
    assert body["status"] == "ok"


def test_chunks_of_any_shape_leave_the_stream_as_it_is(recorded: Recording) -> None:
    """Fuzzed: what a later version may send is some nesting of these words and values."""
    dice = random.Random(7)
    words = ["type", "choices", "delta", "index", "content", "tool_calls", "function", "usage", "message", "item",
             "response", "content_block", "partial_json", "output_index", "content_index", "arguments"]  # fmt: skip
    kinds = ["message_start", "content_block_start", "content_block_delta", "message_delta", "response.completed",
             "response.output_text.delta", "response.output_item.done"]  # fmt: skip

    def odd(depth: int) -> Any:
        pick = dice.randrange(9 if depth else 6)
        if pick > 5:
            made = {dice.choice(words): odd(depth - 1) for _ in range(dice.randrange(5))}
            return {**made, "type": dice.choice(kinds)} if dice.random() < 0.5 else made
        return [None, -1, 3, "text", True, [odd(depth - 1) for _ in range(dice.randrange(3))] if depth else []][pick]

    makers: list[type[Gathered]] = [ChatStream, ResponsesStream, MessagesStream]
    for number in range(3000):
        gathered = makers[number % 3]()
        for _ in range(6):
            gathered.add(odd(4))
        gathered.answer()


class Stream:
    """A stream as both clients make it: an iterator inside, and a response to close."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self._iterator = chunks
        self.is_closed = False

    def __iter__(self) -> Iterator[Any]:
        yield from self._iterator

    def __next__(self) -> Any:
        return next(self._iterator)

    def close(self) -> None:
        self.is_closed = True


def chunk(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


def test_each_chunk_is_delivered_at_once(recorded: Recording) -> None:
    given: list[int] = []

    def chunks() -> Iterator[Any]:
        for number in range(200):
            given.append(number)
            yield chunk("x" * 1000)

    delays: list[float] = []
    stream = ask(client_of(lambda **_: Stream(chunks())), stream=True)
    for number in range(200):
        began = time.perf_counter()
        next(stream)
        delays.append(time.perf_counter() - began)
        assert given[-1] == number, "nothing is read ahead"
    assert sorted(delays)[100] < 0.001


def test_a_stream_that_is_dropped_before_it_began_ends_its_call(recorded: Recording) -> None:
    stream = ask(client_of(lambda **_: Stream(iter([chunk("x")]))), stream=True)
    assert recorded.events == []
    del stream
    gc.collect()
    (body,) = recorded.bodies("model_response")
    assert body["metadata"] == {"incomplete": True}


def test_an_error_in_a_stream_is_the_same_object_and_ends_its_call(recorded: Recording) -> None:
    problem = ConnectionError("cut")

    def chunks() -> Iterator[Any]:
        yield chunk("Hel")
        raise problem

    stream = ask(client_of(lambda **_: Stream(chunks())), stream=True)
    next(stream)
    with pytest.raises(ConnectionError) as raised:
        next(stream)
    assert raised.value is problem
    (body,) = recorded.bodies("model_response")
    assert (body["status"], body["response"]["choices"][0]["message"]["content"]) == ("error", "Hel")


def test_a_call_is_a_child_of_the_span_around_it_also_when_streamed(recorded: Recording) -> None:
    client = client_of(lambda **_: Stream(iter([chunk("x")])))
    with watchllm.span("work") as span:
        stream = ask(client, stream=True)
    list(stream)
    call = next(event for event in recorded.events if event["type"] == "model_response")
    assert (call["traceId"], call["parentEventId"]) == (span.trace_id, span.event_id)


def test_a_rendered_prompt_marks_the_call(recorded: Recording) -> None:
    text = watchllm.prompt("greeting", "Hello {{name}}", {"name": "Ada"}, version=3)
    client = client_of(lambda **_: {})
    client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
    (body,) = recorded.bodies("model_response")
    assert body["messages"] == [{"role": "user", "content": "Hello Ada"}]
    assert body["metadata"]["prompt"] == {
        "name": "greeting",
        "template": "Hello {{name}}",
        "variables": {"name": "Ada"},
        "version": "3",
    }


@pytest.mark.parametrize("odd", [None, 3, "client", object(), {}, openai])
def test_anything_else_is_returned_as_it_is_with_a_warning(odd: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert watchllm.wrap(odd) is odd
    assert "wrap() was ignored" in caplog.text


def test_other_clients_of_the_process_stay_as_they_are() -> None:
    with openai.OpenAI(api_key="k") as one, openai.OpenAI(api_key="k") as other:
        watchllm.wrap(one)
        assert "create" in vars(one.chat.completions)
        assert "create" not in vars(other.chat.completions)


@pytest.mark.parametrize(
    ("make", "provider"),
    [
        (lambda: openai.OpenAI(api_key="k"), "openai"),
        (lambda: openai.AsyncOpenAI(api_key="k", base_url="https://api.groq.com/openai/v1"), "groq"),
        (lambda: openai.OpenAI(api_key="k", base_url="https://openrouter.ai/api/v1"), "openrouter"),
        (lambda: openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1"), "openai"),
        (lambda: openai.AzureOpenAI(api_key="k", azure_endpoint="https://x.example", api_version="1"), "azure"),
        (lambda: anthropic.Anthropic(api_key="k"), "anthropic"),
        (lambda: anthropic.AsyncAnthropic(api_key="k"), "anthropic"),
    ],
)
def test_the_provider_is_the_one_that_answers(make: Any, provider: str) -> None:
    assert provider_of(make()) == provider


def test_a_wrapped_client_without_init_works_as_before() -> None:
    answer = {"choices": []}
    assert ask(client_of(lambda **_: answer)) is answer
