"""Real agents, run by real frameworks in their own environments against the loopback model, seen in the read API."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.agents.environments import Environment, make
from tests.agents.launch import run_otel_agent, run_sdk_agent
from tests.agents.seen import assert_is_the_trip
from tests.loopback_llm import LoopbackLLM
from tests.own_environments import MAKE_TIMEOUT_S, NoNetwork
from tests.running import Server, wait_until

pytestmark = [pytest.mark.agents, pytest.mark.timeout(2 * MAKE_TIMEOUT_S)]


def python_of(environment: Environment) -> Path:
    """Return the interpreter of an environment; skips the test where it is not there and there is no network."""
    try:
        return make(environment)
    except NoNetwork as problem:
        pytest.skip(f"cannot have: the environment {environment} needs the network once: {problem}")


@pytest.mark.parametrize(
    ("environment", "module", "run"),
    [
        ("openai-agents", "run_otel_agent", run_otel_agent),
        ("langgraph", "run_otel_langgraph", run_otel_agent),
        ("openai-agents", "run_sdk_agent", run_sdk_agent),
    ],
    ids=["openai-agents-by-otel", "langgraph-by-otel", "own-loop-by-sdk"],
)
def test_an_agent_with_tools_appears_as_one_tree_with_model_tokens_and_cost(
    server: Server, environment: Environment, module: str, run: Callable[..., str]
) -> None:
    python, session_id = python_of(environment), f"trip-{module}"
    with LoopbackLLM() as llm:
        answer = run(python, module, llm, server.base_url, server.api_key, session_id)
        billed = [call.usage for call in llm.calls]
    assert "120.50 EUR are 130.14 US dollars." in answer
    trace_id = wait_until(lambda: find_trace(server, session_id))
    assert_is_the_trip(*shapes_of(server, trace_id), billed, event_reader(server))


def find_trace(server: Server, session_id: str) -> str | None:
    """Return the id of the one trace of a session when it has both model calls."""
    condition = {"and": [{"field": "session_id", "op": "=", "value": session_id}]}
    query = urllib.parse.urlencode({"filter": msgspec.json.encode(condition).decode()})
    rows: list[dict[str, Any]] = server.get(f"/api/v1/traces?{query}")["data"]
    assert len(rows) <= 1, rows
    return rows[0]["trace_id"] if rows and rows[0]["model_call_count"] == 2 else None


def shapes_of(server: Server, trace_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a trace nested and flat."""
    return server.get(f"/api/v1/traces/{trace_id}"), server.get(f"/api/v1/traces/{trace_id}?shape=flat")


def event_reader(server: Server) -> Callable[[str], dict[str, Any]]:
    """Return a function that reads one event whole."""
    return lambda event_id: server.get(f"/api/v1/events/{urllib.parse.quote(event_id, safe='')}")
