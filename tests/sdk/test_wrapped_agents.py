"""An agent on a wrapped client is the same tree, with the same tokens and cost, whichever provider and way it took."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.parse
from decimal import Decimal
from typing import Any

import genai_prices
import msgspec
import pytest

from tests.loopback_llm import LoopbackLLM
from tests.loopback_llm.script import Call
from tests.own_environments import ROOT
from tests.running import Server, wait_until
from tests.sdk.run_wrapped_agent import ANTHROPIC_MODEL, OPENAI_MODEL, QUESTION, SYSTEM

Json = dict[str, Any]
RUNS = tuple(f"{provider}-{way}" for provider in ("openai", "anthropic") for way in ("whole", "streamed"))
STEP = ("agent_action", "think and act")
CALL = ("model_response", "")
TREE = [
    (0, "span", "trip"),
    (1, *STEP),
    (2, *CALL),
    (2, "tool_call", "search"),
    (1, *STEP),
    (2, *CALL),
]


@pytest.fixture(scope="module")
def traces(server: Server) -> dict[str, tuple[Json, Json, list[Call]]]:
    """Each run as the read API shows it, whole and flat, with what the model has billed for it."""
    with LoopbackLLM() as llm:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.sdk.run_wrapped_agent", llm.openai_url, llm.anthropic_url],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "WATCHLLM_API_KEY": server.api_key,
                "WATCHLLM_BASE_URL": server.base_url,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        billed = list(llm.calls)
    assert len(billed) == 2 * len(RUNS)
    found: dict[str, tuple[Json, Json, list[Call]]] = {}
    for number, run in enumerate(RUNS):
        trace_id = wait_until(lambda run=run: whole_trace(server, f"wrapped-agent-{run}"))
        whole = server.get(f"/api/v1/traces/{trace_id}")
        flat = server.get(f"/api/v1/traces/{trace_id}?shape=flat")["columns"]
        found[run] = (whole, flat, billed[2 * number : 2 * number + 2])
    return found


def whole_trace(server: Server, session_id: str) -> str | None:
    condition = {"and": [{"field": "session_id", "op": "=", "value": session_id}]}
    query = urllib.parse.urlencode({"filter": msgspec.json.encode(condition).decode()})
    rows = server.get(f"/api/v1/traces?{query}")["data"]
    return rows[0]["trace_id"] if rows and rows[0]["event_count"] == len(TREE) else None


def cost_of(call: Call, provider: str) -> Decimal:
    usage = genai_prices.Usage(
        input_tokens=call.usage.input_tokens,
        cache_read_tokens=call.usage.cached_tokens,
        output_tokens=call.usage.output_tokens,
    )
    return genai_prices.calc_price(usage, call.model, provider_id=provider).total_price


@pytest.mark.parametrize("run", RUNS)
def test_the_tree_is_the_same(traces: dict[str, tuple[Json, Json, list[Call]]], run: str) -> None:
    flat = traces[run][1]
    rows = zip(flat["depth"], flat["type"], flat["name"], strict=True)
    tree = [(depth, type, "" if type == "model_response" else name) for depth, type, name in rows]
    assert tree == TREE
    assert set(flat["status"]) == {"ok"}


@pytest.mark.parametrize("run", RUNS)
def test_tokens_and_cost_are_what_the_model_billed(traces: dict[str, tuple[Json, Json, list[Call]]], run: str) -> None:
    whole, flat, billed = traces[run]
    provider = run.partition("-")[0]
    calls = [index for index, type in enumerate(flat["type"]) if type == "model_response"]
    assert [call.is_streamed for call in billed] == [run.endswith("streamed")] * 2
    assert [flat["model"][index] for index in calls] == [OPENAI_MODEL if provider == "openai" else ANTHROPIC_MODEL] * 2
    assert [flat["input_tokens"][index] for index in calls] == [call.usage.input_tokens for call in billed]
    assert [flat["output_tokens"][index] for index in calls] == [call.usage.output_tokens for call in billed]
    costs = [cost_of(call, provider) for call in billed]
    assert [Decimal(flat["cost_usd"][index]) for index in calls] == costs
    assert Decimal(whole["total_cost_usd"]) == sum(costs) > 0
    assert whole["total_tokens"] == sum(call.usage.input_tokens + call.usage.output_tokens for call in billed)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_stream_says_what_the_whole_answer_says(
    traces: dict[str, tuple[Json, Json, list[Call]]], server: Server, provider: str
) -> None:
    seen: list[list[Any]] = []
    for way in ("whole", "streamed"):
        flat = traces[f"{provider}-{way}"][1]
        events = [server.get(f"/api/v1/events/{event_id}") for event_id in flat["event_id"]]
        seen.append([without_ids([event["input"], event["output"], event["usage"]]) for event in events])
    assert seen[0] == seen[1]
    assert SYSTEM in str(seen[0])
    assert QUESTION in str(seen[0])


def without_ids(value: Any) -> Any:
    """Return a content without what the model makes anew for each call."""
    if isinstance(value, dict):
        items: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return {key: without_ids(part) for key, part in items if key != "id"}
    return [without_ids(part) for part in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]
