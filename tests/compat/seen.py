"""What the read API shows of a client's run, and whether it is what the client meant."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import genai_prices

from tests.agents import task
from tests.agents.seen import RESULTS, TOOLS, called, spoken, texts_of
from tests.compat.clients import Expected
from tests.loopback_llm.script import Call
from tests.running import Server, wait_until

Json = dict[str, Any]


class Seen:
    """One trace, read whole: its answer, its nodes in pre-order with their depth, and every event."""

    def __init__(self, server: Server, trace_id: str) -> None:
        self.trace: Json = server.get(f"/api/v1/traces/{trace_id}")
        self.nodes = list(_walk(self.trace["root_events"], 0))
        self.events: list[Json] = [
            server.get(f"/api/v1/events/{urllib.parse.quote(node['event_id'], safe='')}") for _, node in self.nodes
        ]

    @property
    def tree(self) -> str:
        """One line for each event: indented by depth, type and name."""
        return "\n".join(f"{'  ' * depth}{node['type']} {node['name']}" for depth, node in self.nodes)

    def of_type(self, kind: str) -> list[Json]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def counted_calls(self) -> list[Json]:
        return [event for event in self.of_type("model_response") if event["counted"]]


def wait_for_trace(server: Server, trace_id: str, count: int) -> Seen:
    """Return the trace once it has so many events, and a summary of all of them."""

    def is_summarised() -> bool:
        status, trace = server.request("GET", f"/api/v1/traces/{trace_id}")
        return status == 200 and trace["event_count"] >= count and _is_listed(server, trace_id, trace["event_count"])

    wait_until(is_summarised)
    return Seen(server, trace_id)


def _is_listed(server: Server, trace_id: str, count: int) -> bool:
    """Tell whether the summary has caught up: recorded runs are older than the day that lists show of themselves."""
    condition = f'{{"and":[{{"field":"trace_id","op":"=","value":"{trace_id}"}}]}}'
    span = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "filter": condition}
    rows: list[Json] = server.get(f"/api/v1/traces?{urllib.parse.urlencode(span)}")["data"]
    return bool(rows) and rows[0]["event_count"] == count


def _walk(nodes: Sequence[Json], depth: int) -> Iterator[tuple[int, Json]]:
    for node in nodes:
        yield depth, node
        yield from _walk(node["children"], depth + 1)


def problems_of(seen: Seen, expected: Expected, billed: Sequence[Call], session_id: str, sent: int) -> list[str]:
    """Return in words everything that is not as it must be; empty when all is right."""
    return [
        *_tree_problems(seen, expected),
        *_differs("events stored", seen.trace["event_count"], sent),
        *_differs("error count", seen.trace["error_count"], expected.error_count),
        *_differs("session", seen.trace["metadata"]["session_id"], session_id),
        *_differs("end user", seen.trace["metadata"]["user_id"], task.USER_ID),
        *_usage_problems(seen, expected, billed),
        *_message_problems(seen, expected),
        *_tool_problems(seen, expected),
        *_differs("scores", tuple(event["name"] for event in seen.of_type("eval_metric")), expected.scores),
        *_agent_problems(seen, expected),
        *(f"mapping failed: {event['name']}: {event['notes']}" for event in seen.events if _has_failed(event)),
    ]


def _tree_problems(seen: Seen, expected: Expected) -> list[str]:
    found, wanted = seen.tree.splitlines(), expected.tree.strip("\n").splitlines()
    is_right = found == wanted if expected.is_ordered else sorted(found) == sorted(wanted)
    return [] if is_right else _differs("the tree", "\n".join(found), "\n".join(wanted) or "none")


def _differs(what: str, found: object, wanted: object) -> list[str]:
    if found == wanted:
        return []
    separator = "\n" if "\n" in str(found) or "\n" in str(wanted) else " "
    return [f"{what}:{separator}{found}{separator}instead of{separator}{wanted}"]


def _has_failed(event: Json) -> bool:
    return any(note.startswith("mapping_failed") for note in event["notes"])


def _usage_problems(seen: Seen, expected: Expected, billed: Sequence[Call]) -> list[str]:
    total = sum(call.usage.input_tokens + call.usage.output_tokens for call in billed)
    found = sorted(_tokens(event) for event in seen.counted_calls if event["usage"])
    wanted = sorted(
        (call.usage.input_tokens, call.usage.output_tokens, call.usage.cached_tokens) for call in billed
    )  # fmt: skip
    problems = _differs("total tokens", seen.trace["total_tokens"], total)
    problems += _differs("tokens (input, output, cached) of the counted calls", found, wanted)
    if expected.is_priced:
        cost = sum((_cost(call) for call in billed), Decimal(0))
        said = seen.trace["total_cost_usd"]
        problems += _differs("cost", said is not None and Decimal(said), cost)
    return problems


def _tokens(event: Json) -> tuple[int, int, int]:
    usage = event["usage"]
    return usage.get("input_tokens", 0), usage.get("output_tokens", 0), usage.get("cache_read_tokens", 0)


def _cost(call: Call) -> Decimal:
    """Return what a call costs by the price list."""
    usage = call.usage
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens, cache_read_tokens=usage.cached_tokens, output_tokens=usage.output_tokens
    )
    provider = "anthropic" if call.api == "messages" else "openai"
    return genai_prices.calc_price(counted, call.model, provider_id=provider).total_price


def _message_problems(seen: Seen, expected: Expected) -> list[str]:
    calls = _with_content(seen)
    if not expected.has_calls:
        return _differs("model calls", len(seen.of_type("model_response")), 0)
    if len(calls) < 2:
        return [f"{len(calls)} model calls show messages, instead of two or more"]
    first, last = calls[0], calls[1]
    wanted = [("system", task.INSTRUCTIONS)] if expected.has_system else []
    problems = _differs("input of the first call", spoken(first["input"]), [*wanted, ("user", task.QUESTION)])
    problems += _differs("tools called by the first call", called(first["output"]), TOOLS)
    problems += _differs("tools known to the second call", called(last["input"]), TOOLS)
    said = spoken(last["output"])
    if [role for role, _ in said] != ["assistant"] or RESULTS["convert_to_dollars"] not in said[0][1]:
        problems.append(f"output of the second call: {said}")
    return problems


def _with_content(seen: Seen) -> list[Json]:
    """Return in order what shows the messages of a model call: the call, or the message that joined it."""
    found = [
        event
        for event in seen.events
        if (event["type"] == "message" or (event["type"] == "model_response" and event["counted"] and event["usage"]))
        and isinstance(event["input"], list)
        and event["output"]
    ]
    return sorted(found, key=lambda event: (event["start_time"], len(event["input"])))


def _tool_problems(seen: Seen, expected: Expected) -> list[str]:
    tools = [event for event in seen.of_type("tool_call") if event["tool_name"] in TOOLS]
    problems = _differs("tool calls", len(tools), expected.tools)
    for event in tools if expected.weather is not None else ():
        name = event["tool_name"]
        # Traceloop writes what a function of Python was called with.
        arguments: Any = event["input"] if "kwargs" not in (event["input"] or ()) else event["input"]["kwargs"]
        is_other = name == "get_weather" and expected.weather != "as called"
        problems += _differs(f"arguments of {name}", arguments, expected.weather if is_other else TOOLS[name])
        if RESULTS[name] not in texts_of(event["output"]):
            problems.append(f"result of {name}: {event['output']}")
    return problems


def _agent_problems(seen: Seen, expected: Expected) -> list[str]:
    agents = {event["agent_name"] for event in seen.events} - {""}
    return [] if not expected.agent or expected.agent in agents else [f"no agent {expected.agent}: {agents}"]
