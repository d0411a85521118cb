"""What a trip must look like in the read API, whichever way it came in; asserts, and fetches only by a reader given.

`billed` is what the loopback model counted: the one truth about tokens that is outside both agent and server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import genai_prices

from tests.agents import task
from tests.loopback_llm.script import Usage

Json = dict[str, Any]
ReadEvent = Callable[[str], Json]

TOOLS = {"get_weather": {"city": "Lisbon"}, "convert_to_dollars": {"amount": 120.5, "currency": "EUR"}}
RESULTS = {"get_weather": "Sunny, 21 °C by day", "convert_to_dollars": "120.50 EUR are 130.14 US dollars."}


def cost_of(usage: Usage) -> Decimal:
    """Return what a call costs by the price list."""
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens, cache_read_tokens=usage.cached_tokens, output_tokens=usage.output_tokens
    )
    price = genai_prices.calc_price(counted, task.MODEL, provider_id="openai").total_price
    assert price > 0
    return price


def every_event(nodes: Sequence[Json], parent: Json | None = None) -> Iterator[tuple[Json, Json | None]]:
    """Yield every node of a nested trace with its parent."""
    for node in nodes:
        yield node, parent
        yield from every_event(node["children"], node)


def assert_is_the_trip(trace: Json, flat: Json, billed: Sequence[Usage], get_event: ReadEvent) -> None:
    """Check types, nesting, model, tokens, cost and contents of a whole trip."""
    assert len(trace["root_events"]) == 1, trace["root_events"]
    nodes = list(every_event(trace["root_events"]))
    assert (trace["status"], trace["error_count"], trace["event_count"]) == ("ok", 0, len(nodes))
    assert trace["total_tokens"] == sum(usage.input_tokens + usage.output_tokens for usage in billed)
    assert Decimal(trace["total_cost_usd"]) == sum((cost_of(usage) for usage in billed), Decimal(0))
    assert trace["metadata"]["user_id"] == task.USER_ID
    assert (trace["metadata"]["environment"], trace["metadata"]["release"]) == ("test", "1.4.0")
    assert {node["type"] for node, _ in nodes} <= {"span", "agent_action", "model_response", "tool_call"}
    calls = [(node, parent) for node, parent in nodes if node["type"] == "model_response"]
    tools = [(node, parent) for node, parent in nodes if node["type"] == "tool_call"]
    for node, parent in [*calls, *tools]:
        assert parent is not None
        assert parent["type"] == "agent_action", "model calls and tools stand below the agent"
        assert get_event(parent["event_id"])["agent_name"] == task.AGENT_NAME
        assert node["duration_ms"] is not None
    _assert_calls([node for node, _ in calls], billed, get_event)
    _assert_tools([node for node, _ in tools], get_event)
    _assert_flat_is_the_same(flat, nodes)


def _assert_flat_is_the_same(flat: Json, nodes: Sequence[tuple[Json, Json | None]]) -> None:
    columns = flat["columns"]
    for key in ("event_id", "parent_event_id", "type", "name", "status", "model", "cost_usd"):
        assert columns[key] == [node[key] for node, _ in nodes], key
    assert columns["input_tokens"] == [node["usage"].get("input_tokens", 0) for node, _ in nodes]
    depth_of: dict[str, int] = {}
    for node, parent in nodes:
        depth_of[node["event_id"]] = 0 if parent is None else depth_of[parent["event_id"]] + 1
    assert columns["depth"] == list(depth_of.values())


def _assert_calls(calls: Sequence[Json], billed: Sequence[Usage], get_event: ReadEvent) -> None:
    assert len(calls) == len(billed)
    for node, usage in zip(calls, billed, strict=True):
        assert node["model"] == task.MODEL
        assert node["usage"]["input_tokens"] == usage.input_tokens
        assert node["usage"]["output_tokens"] == usage.output_tokens
        assert node["usage"]["cache_read_tokens"] == usage.cached_tokens
        assert Decimal(node["cost_usd"]) == cost_of(usage)
    first, last = (get_event(node["event_id"]) for node in (calls[0], calls[-1]))
    assert spoken(first["input"]) == [("system", task.INSTRUCTIONS), ("user", task.QUESTION)]
    assert called(first["output"]) == TOOLS
    assert [role for role, _ in spoken(last["input"])][:2] == ["system", "user"]
    assert called(last["input"]) == TOOLS, "the second call was told what the first one asked for"
    answered = "\n".join(texts_of(part["response"]) for part in parts_of(last["input"], "tool_call_response"))
    assert all(result in answered for result in RESULTS.values()), answered
    ((role, answer),) = spoken(last["output"])
    assert role == "assistant"
    assert RESULTS["convert_to_dollars"] in answer


def _assert_tools(tools: Sequence[Json], get_event: ReadEvent) -> None:
    events = {event["tool_name"]: event for event in (get_event(node["event_id"]) for node in tools)}
    assert len(tools) == len(TOOLS)
    assert {name: event["input"] for name, event in events.items()} == TOOLS
    for name, result in RESULTS.items():
        assert result in texts_of(events[name]["output"])


def parts_of(messages: Sequence[Json], kind: str) -> list[Json]:
    """Return the parts of one type in a conversation."""
    return [part for message in messages for part in message["parts"] if part["type"] == kind]


def spoken(messages: Sequence[Json]) -> list[tuple[str, str]]:
    """Return who said which words."""
    return [
        (message["role"], part["content"])
        for message in messages
        for part in message["parts"]
        if part["type"] == "text"
    ]


def called(messages: Sequence[Json]) -> Json:
    """Return the arguments of each tool that was called."""
    return {part["name"]: part["arguments"] for part in parts_of(messages, "tool_call")}


def texts_of(value: Any) -> str:
    """Return every text inside a value, one after the other."""
    if isinstance(value, dict):
        return "\n".join(texts_of(part) for part in value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return "\n".join(texts_of(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value)
