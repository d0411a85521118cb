"""The agent of `sdk/js/tests/programs/trip.mjs` in Python: two tools and one question, by a wrapped client.

Run as `python -m tests.sdk.run_trip openai|anthropic whole|streamed BASE_URL`; WATCHLLM_* set the SDK up.
"""

# The clients' own types are wider than what this agent says.
# pyright: basic

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import Any, Protocol

import anthropic
import openai

import watchllm

MAX_STEPS = 5
SYSTEM = "You plan short city trips."
QUESTION = "What will the weather in Lisbon be, and what do 120.50 euros make in dollars?"
PARAMETERS = {
    "get_weather": {"city": "string"},
    "convert_to_dollars": {"amount": "number", "currency": "string"},
}


def get_weather(city: str) -> str:
    return f"Sunny in {city}."


def convert_to_dollars(amount: float, currency: str) -> str:
    return f"{amount:.2f} {currency} are {amount * 1.08:.2f} US dollars."


TOOLS = {"get_weather": get_weather, "convert_to_dollars": convert_to_dollars}


def schema_of(name: str) -> dict[str, Any]:
    """Return the parameters of a tool as JSON schema."""
    properties = {key: {"type": kind} for key, kind in PARAMETERS[name].items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


class Conversation(Protocol):
    """A conversation with a model by one client."""

    def ask(self) -> tuple[str | None, list[tuple[str, str, dict[str, Any]]]]:
        """Return the answer, and the calls of tools by id, name and arguments."""
        ...

    def tell(self, results: list[tuple[str, str]]) -> None:
        """Add the results of tools, by the ids of their calls."""
        ...


def gathered(stream: Iterable[Any]) -> dict[str, Any]:
    """Read the chunks of a chat as OpenAI's clients put them together."""
    content, calls = "", {}
    for chunk in stream:
        delta = chunk.choices[0].delta if chunk.choices else None
        content += (delta and delta.content) or ""
        for piece in (delta and delta.tool_calls) or []:
            call = calls.setdefault(
                piece.index, {"id": piece.id, "type": "function", "function": {"name": "", "arguments": ""}}
            )
            call["function"]["name"] += piece.function.name or ""
            call["function"]["arguments"] += piece.function.arguments or ""
    message: dict[str, Any] = {"role": "assistant", "content": content or None}
    return {**message, "tool_calls": list(calls.values())} if calls else message


class ByOpenAI:
    """The conversation by OpenAI's client."""

    def __init__(self, base_url: str, *, is_streamed: bool) -> None:
        self.client = watchllm.wrap(openai.OpenAI(api_key="loopback", base_url=base_url, max_retries=0))
        self.is_streamed = is_streamed
        self.messages: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
        self.tools: list[Any] = [
            {"type": "function", "function": {"name": name, "parameters": schema_of(name)}} for name in TOOLS
        ]

    def ask(self) -> tuple[str | None, list[tuple[str, str, dict[str, Any]]]]:
        request: dict[str, Any] = {"model": "gpt-4o-mini", "messages": list(self.messages), "tools": self.tools}
        if self.is_streamed:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
            message = gathered(self.client.chat.completions.create(**request))
        else:
            message = self.client.chat.completions.create(**request).choices[0].message.model_dump(exclude_none=True)
        self.messages.append(message)
        calls = message.get("tool_calls") or []
        read = [(call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]
        return message.get("content"), read

    def tell(self, results: list[tuple[str, str]]) -> None:
        self.messages += [{"role": "tool", "tool_call_id": call_id, "content": result} for call_id, result in results]


class ByAnthropic:
    """The same by Anthropic's client."""

    def __init__(self, base_url: str, *, is_streamed: bool) -> None:
        self.client = watchllm.wrap(anthropic.Anthropic(api_key="loopback", base_url=base_url, max_retries=0))
        self.is_streamed = is_streamed
        self.messages: list[Any] = [{"role": "user", "content": QUESTION}]
        self.tools: list[Any] = [{"name": name, "input_schema": schema_of(name)} for name in TOOLS]

    def ask(self) -> tuple[str | None, list[tuple[str, str, dict[str, Any]]]]:
        request: dict[str, Any] = {
            "model": "claude-opus-5",
            "max_tokens": 500,
            "system": SYSTEM,
            "tools": self.tools,
        }
        request["messages"] = list(self.messages)
        if self.is_streamed:
            with self.client.messages.stream(**request) as stream:
                message = stream.get_final_message()
        else:
            message = self.client.messages.create(**request)
        content = [part.model_dump(exclude_none=True) for part in message.content]
        self.messages.append({"role": "assistant", "content": content})
        text = next((part["text"] for part in content if part["type"] == "text"), None)
        return text, [(part["id"], part["name"], part["input"]) for part in content if part["type"] == "tool_use"]

    def tell(self, results: list[tuple[str, str]]) -> None:
        content = [{"type": "tool_result", "tool_use_id": call_id, "content": result} for call_id, result in results]
        self.messages.append({"role": "user", "content": content})


@watchllm.observe(name="Plan a trip", capture_input=False)
def run(conversation: Conversation) -> str:
    """Ask until the model answers without calling tools; returns the answer."""
    for turn in range(MAX_STEPS):
        with watchllm.step("think and act", name="Travel planner", memory={"turn": turn}) as step:
            text, calls = conversation.ask()
            if not calls and text:
                step.set(output=text)
                return text
            results: list[tuple[str, str]] = []
            for call_id, name, given in calls:
                with watchllm.tool(name, arguments=given) as tool:
                    tool.result(result := TOOLS[name](**given))
                results.append((call_id, result))
            conversation.tell(results)
    raise RuntimeError("the model never answered")


def main() -> None:
    """Start the SDK, run, flush."""
    provider, form, base_url = sys.argv[1:]
    make = ByOpenAI if provider == "openai" else ByAnthropic
    watchllm.init()
    session_id = os.environ["TRIP_SESSION"]
    with watchllm.context(session_id=session_id, user_id="traveller-7", environment="test", release="1.4.0"):
        print(run(make(base_url, is_streamed=form == "streamed")))
    if not watchllm.flush():
        raise SystemExit("the SDK could not deliver everything")


if __name__ == "__main__":
    main()
