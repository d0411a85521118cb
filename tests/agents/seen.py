"""What a trip must look like in the read API, whichever way it came in; asserts, and fetches only by a reader given.

`billed` is what the loopback model counted: the one truth about tokens that is outside both agent and server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from tests.agents import task
from tests.loopback_llm.script import Usage

Json = dict[str, Any]

# Dollars per token of the model (fresh input, cached input, output), copied from the provider's price list.
FRESH, CACHED, OUTPUT = Decimal("0.00000015"), Decimal("0.000000075"), Decimal("0.0000006")
TOOLS = {"get_weather": {"city": "Lisbon"}, "convert_to_dollars": {"amount": 120.5, "currency": "EUR"}}


def cost_of(usage: Usage) -> Decimal:
    """Return what a call costs by the price list."""
    fresh = usage.input_tokens - usage.cached_tokens
    return FRESH * fresh + CACHED * usage.cached_tokens + OUTPUT * usage.output_tokens


def every_event(nodes: Sequence[Json], parent: Json | None = None) -> Iterator[tuple[Json, Json | None]]:
    """Yield every node of a nested trace with its parent."""
    for node in nodes:
        yield node, parent
        yield from every_event(node["children"], node)


def assert_is_the_trip(trace: Json, billed: Sequence[Usage], get_event: Callable[[str], Json]) -> None:
    """Check types, nesting, model, tokens, cost and contents of a whole trip."""
    assert len(trace["root_events"]) == 1, trace["root_events"]
    nodes = list(every_event(trace["root_events"]))
    assert trace["status"] == "ok"
    assert trace["error_count"] == 0
    assert trace["event_count"] == len(nodes)
    assert trace["total_tokens"] == sum(usage.input_tokens + usage.output_tokens for usage in billed)
    assert Decimal(trace["total_cost_usd"]) == sum((cost_of(usage) for usage in billed), Decimal(0))
    calls = [(node, parent) for node, parent in nodes if node["type"] == "model_response"]
    tools = [(node, parent) for node, parent in nodes if node["type"] == "tool_call"]
    assert {node["type"] for node, _ in nodes} <= {"span", "agent_action", "model_response", "tool_call"}
    for _, parent in [*calls, *tools]:
        assert parent is not None
        assert parent["type"] == "agent_action", "model calls and tools stand below the agent"
        assert get_event(parent["event_id"])["agent_name"] == task.AGENT_NAME
    _assert_calls([node for node, _ in calls], billed, get_event)
    _assert_tools([node for node, _ in tools], get_event)


def _assert_calls(calls: Sequence[Json], billed: Sequence[Usage], get_event: Callable[[str], Json]) -> None:
    assert len(calls) == len(billed)
    for node, usage in zip(calls, billed, strict=True):
        assert node["model"] == task.MODEL
        assert node["usage"]["input_tokens"] == usage.input_tokens
        assert node["usage"]["output_tokens"] == usage.output_tokens
        assert node["usage"]["cache_read_tokens"] == usage.cached_tokens
        assert Decimal(node["cost_usd"]) == cost_of(usage)
    first, last = (texts_of(get_event(node["event_id"])) for node in (calls[0], calls[-1]))
    assert task.INSTRUCTIONS in first
    assert task.QUESTION in first
    assert "get_weather" in first
    assert "Sunny, 21 °C by day" in last
    assert "120.50 EUR are 130.14 US dollars." in last


def _assert_tools(tools: Sequence[Json], get_event: Callable[[str], Json]) -> None:
    events = {event["tool_name"]: event for event in (get_event(node["event_id"]) for node in tools)}
    assert events.keys() == TOOLS.keys()
    assert len(tools) == len(TOOLS)
    for name, arguments in TOOLS.items():
        assert events[name]["input"] == arguments
    assert "Sunny" in texts_of(events["get_weather"]["output"])


def texts_of(value: Any) -> str:
    """Return every text inside a value, one after the other."""
    if isinstance(value, dict):
        return "\n".join(texts_of(part) for part in value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return "\n".join(texts_of(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value)
