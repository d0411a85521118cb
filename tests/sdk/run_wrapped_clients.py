# Runs with the clients of several generations, which the type checker does not see at once.
# pyright: basic
"""Call each API of each client twice, plain and wrapped, and print what the host got and what was recorded.

`python -m tests.sdk.run_wrapped_clients OPENAI_URL ANTHROPIC_URL` with the SDK on the path; one JSON object on stdout.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

import anthropic
import openai

import watchllm
from watchllm.testing import recording

CHAT: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}
TOOL = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Search.",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
    },
}
RESPONSES: dict[str, Any] = {"model": "gpt-4o-mini", "instructions": "Be brief.", "input": "Why is the sky blue?"}
MESSAGES: dict[str, Any] = {
    "model": "claude-opus-5",
    "max_tokens": 100,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "Why is the sky blue?"}],
}
CLAUDE_TOOL = {
    "name": "search",
    "description": "Search.",
    "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}},
}


def plain(value: Any) -> Any:
    """Return what a host sees of a result: its class and its content."""
    content = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    return [type(value).__module__, type(value).__qualname__, content]


def all_of(stream: Any) -> list[Any]:
    return [type(stream).__qualname__, *(plain(chunk) for chunk in stream)]


async def all_of_async(stream: Any) -> list[Any]:
    return [type(stream).__qualname__, *[plain(chunk) async for chunk in stream]]


def left_half_way(stream: Any) -> Any:
    first = plain(next(iter(stream)))
    stream.close()
    return first


def managed(manager: Any, finish: Callable[[Any], Any]) -> Any:
    with manager as stream:
        return [type(manager).__qualname__, [plain(event) for event in stream], plain(finish(stream))]


async def managed_async(manager: Any, finish: Callable[[Any], Any]) -> Any:
    async with manager as stream:
        return [type(manager).__qualname__, [plain(event) async for event in stream], plain(await finish(stream))]


def raw(response: Any) -> Any:
    return [type(response).__qualname__, plain(response.parse())]


def streamed_raw(manager: Any) -> Any:
    with manager as response:
        return [type(response).__qualname__, list(response.iter_lines())]


def error_of(call: Callable[[], Any]) -> Any:
    try:
        return plain(call())
    except Exception as problem:
        return [type(problem).__qualname__, str(problem)]


def elsewhere(client: Any) -> Any:
    return client.with_options(base_url=f"{client.base_url}no")


OPENAI: dict[str, Callable[[Any], Any]] = {
    "chat": lambda c: plain(c.chat.completions.create(**CHAT, temperature=0.2)),
    "chat tools": lambda c: plain(c.chat.completions.create(**CHAT, tools=[TOOL])),
    "chat stream": lambda c: all_of(c.chat.completions.create(**CHAT, stream=True)),
    "chat stream with usage": lambda c: all_of(
        c.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True})
    ),
    "chat stream tools": lambda c: all_of(c.chat.completions.create(**CHAT, tools=[TOOL], stream=True)),
    "chat stream left": lambda c: left_half_way(c.chat.completions.create(**CHAT, stream=True)),
    "chat stream manager": lambda c: managed(
        (c.chat.completions if hasattr(c.chat.completions, "stream") else c.beta.chat.completions).stream(**CHAT),
        lambda stream: stream.get_final_completion(),
    ),
    "chat parse": lambda c: plain(
        (c.chat.completions if hasattr(c.chat.completions, "parse") else c.beta.chat.completions).parse(**CHAT)
    ),
    "chat raw": lambda c: raw(c.chat.completions.with_raw_response.create(**CHAT)),
    "chat streamed raw": lambda c: streamed_raw(c.chat.completions.with_streaming_response.create(**CHAT)),
    "chat by a copy": lambda c: plain(c.with_options(max_retries=0).chat.completions.create(**CHAT)),
    "chat refused": lambda c: error_of(
        lambda: c.with_options(base_url=f"{c.base_url}no").chat.completions.create(**CHAT)
    ),
    "chat without a model": lambda c: error_of(lambda: c.chat.completions.create(messages=[])),
    "responses": lambda c: plain(c.responses.create(**RESPONSES)),
    "responses stream": lambda c: all_of(c.responses.create(**RESPONSES, stream=True)),
}
ANTHROPIC: dict[str, Callable[[Any], Any]] = {
    "messages": lambda c: plain(c.messages.create(**MESSAGES)),
    "messages tools": lambda c: plain(c.messages.create(**MESSAGES, tools=[CLAUDE_TOOL])),
    "messages stream": lambda c: all_of(c.messages.create(**MESSAGES, stream=True)),
    "messages stream tools": lambda c: all_of(c.messages.create(**MESSAGES, tools=[CLAUDE_TOOL], stream=True)),
    "messages stream left": lambda c: left_half_way(c.messages.create(**MESSAGES, stream=True)),
    "messages stream manager": lambda c: managed(
        c.messages.stream(**MESSAGES), lambda stream: stream.get_final_message()
    ),
    "messages raw": lambda c: raw(c.messages.with_raw_response.create(**MESSAGES)),
}


async def _async(value: Any) -> Any:
    return plain(await value)


OPENAI_ASYNC: dict[str, Callable[[Any], Any]] = {
    "async chat": lambda c: _async(c.chat.completions.create(**CHAT)),
    "async chat stream": lambda c: _stream(c.chat.completions.create(**CHAT, stream=True)),
    "async responses stream": lambda c: _stream(c.responses.create(**RESPONSES, stream=True)),
}
ANTHROPIC_ASYNC: dict[str, Callable[[Any], Any]] = {
    "async messages": lambda c: _async(c.messages.create(**MESSAGES)),
    "async messages stream": lambda c: _stream(c.messages.create(**MESSAGES, stream=True)),
    "async messages stream manager": lambda c: managed_async(
        c.messages.stream(**MESSAGES), lambda stream: stream.get_final_message()
    ),
}


async def _stream(value: Any) -> Any:
    return await all_of_async(await value)


async def _run_async(make: Callable[[], Any], cases: dict[str, Callable[[Any], Any]], seen: dict[str, Any]) -> None:
    async with make() as plain_client, make() as client:
        assert watchllm.wrap(client) is client
        for name, case in cases.items():
            expected = await case(plain_client)
            with recording() as recorded:
                got = await case(client)
                gc.collect()
                seen[name] = {"is_same": got == expected, "got": got, "expected": expected, "events": recorded.events}


def main() -> None:
    """Run every case and print what was seen."""
    openai_url, anthropic_url = sys.argv[1:]
    settings: dict[str, Any] = {"api_key": "loopback", "max_retries": 0}
    seen: dict[str, Any] = {"versions": [openai.__version__, anthropic.__version__]}
    makers = (
        (lambda: openai.OpenAI(base_url=openai_url, **settings), OPENAI),
        (lambda: anthropic.Anthropic(base_url=anthropic_url, **settings), ANTHROPIC),
    )
    for make, cases in makers:
        with make() as plain_client, make() as client:
            signature = inspect.signature(_first_method(client))
            assert watchllm.wrap(client) is client
            assert watchllm.wrap(client) is client, "a second time changes nothing"
            assert inspect.signature(_first_method(client)) == signature
            for name, case in cases.items():
                expected = case(plain_client)
                with recording() as recorded:
                    got = case(client)
                    gc.collect()
                    seen[name] = {
                        "is_same": got == expected,
                        "got": got,
                        "expected": expected,
                        "events": recorded.events,
                    }
    asyncio.run(_run_async(lambda: openai.AsyncOpenAI(base_url=openai_url, **settings), OPENAI_ASYNC, seen))
    asyncio.run(_run_async(lambda: anthropic.AsyncAnthropic(base_url=anthropic_url, **settings), ANTHROPIC_ASYNC, seen))
    print(json.dumps(seen))


def _first_method(client: Any) -> Any:
    return client.chat.completions.create if hasattr(client, "chat") else client.messages.create


if __name__ == "__main__":
    main()
