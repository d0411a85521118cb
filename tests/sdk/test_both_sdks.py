"""The same agent in Python and in JavaScript, by wrapped clients, whole and streamed: one tree, one count, one cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scripts.setup import node_command

from tests.loopback_llm import LoopbackLLM
from tests.running import Server, wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "sdk" / "js" / "tests" / "programs" / "trip.mjs"
ANSWERED = "120.50 EUR are 130.14 US dollars."
# The trip, two turns of a step with a model call each, and two tools in the first.
EVENTS = 7
SAME = ("type", "name", "depth", "status", "model", "input_tokens", "output_tokens", "cost_usd")


def commands() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return how each language runs the agent, and its environment."""
    _, environment = node_command()
    plain = {"PATH": environment["PATH"], "HOME": os.environ.get("HOME", "/")}
    python = {**plain, "PYTHONPATH": str(ROOT / "sdk" / "python" / "src")}
    return {
        "python": ([sys.executable, "-W", "error", "-m", "tests.sdk.run_trip"], python),
        "javascript": (["node", str(PROGRAM)], plain),
    }


def trip(server: Server, llm: LoopbackLLM, language: str, provider: str, form: str) -> dict[str, Any]:
    """Run the agent; returns its trace as the read API has it, with its events whole."""
    command, environment = commands()[language]
    session_id = f"both-{language}-{provider}-{form}"
    url = llm.openai_url if provider == "openai" else llm.anthropic_url
    settings = {"WATCHLLM_BASE_URL": server.base_url, "WATCHLLM_API_KEY": server.api_key, "TRIP_SESSION": session_id}
    done = subprocess.run(
        [*command, provider, form, url],
        cwd=ROOT,
        env={**environment, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ANSWERED in done.stdout
    assert "watchllm" not in done.stderr
    row = wait_until(lambda: find_row(server, session_id))
    flat = server.get(f"/api/v1/traces/{row['trace_id']}?shape=flat")["columns"]
    quote = urllib.parse.quote
    events = [server.get(f"/api/v1/events/{quote(event_id, safe='')}") for event_id in flat["event_id"]]
    return {"row": row, "flat": flat, "events": events}


def find_row(server: Server, session_id: str) -> dict[str, Any] | None:
    """Return the row of the one trace of a session once it is whole."""
    condition = {"and": [{"field": "session_id", "op": "=", "value": session_id}]}
    rows = server.get(f"/api/v1/traces?{urllib.parse.urlencode({'filter': json.dumps(condition)})}")["data"]
    assert len(rows) <= 1, rows
    return rows[0] if rows and rows[0]["event_count"] == EVENTS else None


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


def test_the_same_agent_is_the_same_trace_in_both_languages_whole_and_streamed(server: Server, provider: str) -> None:
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    with LoopbackLLM() as llm:
        for language in commands():
            for form in ("whole", "streamed"):
                billed_before = len(llm.calls)
                seen[language, form] = found = trip(server, llm, language, provider, form)
                billed = [call.usage for call in llm.calls[billed_before:]]
                tokens = sum(usage.input_tokens + usage.output_tokens for usage in billed)
                assert (len(billed), found["row"]["total_tokens"]) == (2, tokens), (language, form)
    first = seen["python", "whole"]
    assert first["flat"]["depth"] == [0, 1, 2, 2, 2, 1, 2]
    assert Decimal(first["row"]["total_cost_usd"]) > 0
    for key, found in seen.items():
        for column in SAME:
            assert found["flat"][column] == first["flat"][column], (key, column)
        for field in ("total_cost_usd", "status", "environment", "release", "user_id", "model_call_count"):
            assert found["row"][field] == first["row"][field], (key, field)
        for mine, theirs in zip(found["events"], first["events"], strict=True):
            what = (key, mine["type"], mine["name"])
            assert mine["output"] == theirs["output"], what
            assert mine["input"] == theirs["input"], what
            assert mine.get("step_index") == theirs.get("step_index"), what
            assert mine.get("state") == theirs.get("state"), what
            assert mine["usage"] == theirs["usage"], what
