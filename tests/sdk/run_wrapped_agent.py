# The clients' own types differ by version, and are not what is tested.
# pyright: basic
"""One agent with a tool, four times: on a wrapped OpenAI and a wrapped Anthropic client, streaming and not.

`python -m tests.sdk.run_wrapped_agent OPENAI_URL ANTHROPIC_URL`, with the SDK set up by the environment. Each run is a
session, named by provider and way.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import anthropic
import openai

import watchllm

SYSTEM = "Answer in one sentence; search first."
QUESTION = "Where can I sleep well in Lisbon?"
OPENAI_MODEL, ANTHROPIC_MODEL = "gpt-4o-mini", "claude-3-5-haiku-20241022"
SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}}


def search(query: str) -> str:
    """Return what the tool finds."""
    return f"2 hotels for: {query}"


def use_tool(arguments: Any) -> str:
    """Run the tool, measured."""
    with watchllm.tool("search", arguments=arguments) as tool:
        result = search(**arguments)
        tool.result(result)
    return result


def ask_openai(client: openai.OpenAI, messages: list[Any], *, is_streamed: bool) -> dict[str, Any]:
    """Return the assistant's message."""
    tools: list[Any] = [
        {"type": "function", "function": {"name": "search", "description": "Find.", "parameters": SCHEMA}}
    ]
    asked: dict[str, Any] = {"model": OPENAI_MODEL, "messages": messages, "tools": tools}
    if not is_streamed:
        answer = client.chat.completions.create(**asked).choices[0].message
        return answer.model_dump(exclude_none=True)
    text, calls = "", dict[int, dict[str, Any]]()
    for chunk in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for part in choice.delta.tool_calls or ():
                call = calls.setdefault(part.index, {"type": "function", "function": {"name": "", "arguments": ""}})
                call["id"] = part.id or call.get("id")
                if part.function is not None:
                    call["function"]["name"] += part.function.name or ""
                    call["function"]["arguments"] += part.function.arguments or ""
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    return {**message, "tool_calls": list(calls.values())} if calls else message


def run_openai(client: openai.OpenAI, *, is_streamed: bool) -> None:
    """Ask until the model answers without calling its tool."""
    messages: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    while True:
        with watchllm.step("think and act", name="Host"):
            message = ask_openai(client, messages, is_streamed=is_streamed)
            messages.append(message)
            for call in message.get("tool_calls") or ():
                result = use_tool(json.loads(call["function"]["arguments"]))
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
        if not message.get("tool_calls"):
            return


def run_anthropic(client: anthropic.Anthropic, *, is_streamed: bool) -> None:
    """The same in Anthropic's words."""
    tools: list[Any] = [{"name": "search", "description": "Find.", "input_schema": SCHEMA}]
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    asked: dict[str, Any] = {"model": ANTHROPIC_MODEL, "max_tokens": 200, "system": SYSTEM, "tools": tools}
    while True:
        with watchllm.step("think and act", name="Host"):
            if is_streamed:
                with client.messages.stream(**asked, messages=messages) as stream:
                    answer: Any = stream.get_final_message()
            else:
                answer = client.messages.create(**asked, messages=messages)
            messages.append({"role": "assistant", "content": answer.content})
            calls = [block for block in answer.content if block.type == "tool_use"]
            results = [
                {"type": "tool_result", "tool_use_id": call.id, "content": use_tool(call.input)} for call in calls
            ]
            messages.append({"role": "user", "content": results})
        if not calls:
            return


def main() -> None:
    """Run all four and send what happened."""
    openai_url, anthropic_url = sys.argv[1:]
    watchllm.init()
    with (
        openai.OpenAI(base_url=openai_url, api_key="loopback", max_retries=0) as first,
        anthropic.Anthropic(base_url=anthropic_url, api_key="loopback", max_retries=0) as second,
    ):
        runs: list[tuple[str, Any, Any]] = [
            ("openai", run_openai, watchllm.wrap(first)),
            ("anthropic", run_anthropic, watchllm.wrap(second)),
        ]
        for provider, run, client in runs:
            for way in ("whole", "streamed"):
                with watchllm.context(session_id=f"wrapped-agent-{provider}-{way}"), watchllm.span("trip"):
                    run(client, is_streamed=way == "streamed")
    if not watchllm.flush(30):
        raise SystemExit("the SDK could not deliver everything")


if __name__ == "__main__":
    main()
