"""The web app in a real browser against the real server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import BROWSER, browse, event
from tests.running import EMAIL, PASSWORD, Server

# The promise is 2 s; beside other work on two cores a browser and two interpreters start slowly.
VISIBLE_MS = 10_000

pytestmark = pytest.mark.skipif(BROWSER is None, reason="cannot have: no Chromium, and no right to install it")


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[str]:
    """Yield what a start without any settings prints."""
    command = [sys.executable, "-m", "watchllm_server", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")]
    with (tmp_path / "out").open("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            deadline = time.monotonic() + 60
            while "API key" not in (text := (tmp_path / "out").read_text()):
                assert process.poll() is None, text
                assert time.monotonic() < deadline, text
                time.sleep(0.1)
            yield text
        finally:
            process.terminate()
            process.wait(20)


def test_the_first_minute_ends_with_a_trace(first_start: str) -> None:
    link = re.search(r"http://\S+/auth/link/\S+", first_start)
    assert link is not None
    visible_ms = json.loads(browse("first-minute.mjs", link[0]).strip().splitlines()[-1])["visibleMs"]
    assert visible_ms < VISIBLE_MS


def agent_run(trace: str, *, fails: bool) -> list[dict[str, Any]]:
    """Return an agent that asks a model, uses a tool, and asks again."""
    answer = {"inputTokens": 1_200, "outputTokens": 80}
    asked = [{"role": "user", "content": "Where is my order 81?"}]
    tool = {"metadata": {"error": "timeout"}} if fails else {"result": {"status": "lost"}}
    events = [
        event(trace, f"{trace}-agent", "agent_action", action="support_agent", agentName="support"),
        event(trace, f"{trace}-1", "model_response", f"{trace}-agent", model="gpt-4o", messages=asked, usage=answer,
              response="I will look it up.", latencyMs=900),
        event(trace, f"{trace}-2", "tool_call", f"{trace}-agent", toolName="orders.find", arguments={"id": 81},
              latencyMs=120, **tool),
        event(trace, f"{trace}-3", "model_response", f"{trace}-agent", model="gpt-4o", messages=asked, usage=answer,
              response="It was lost; you get a refund.", latencyMs=1_400),
    ]  # fmt: skip
    if fails:
        events.append(event(trace, f"{trace}-4", "error", f"{trace}-2", message="orders.find timed out"))
    return events


def test_a_person_finds_a_trace_and_reads_it(fresh_server: Server) -> None:
    fresh_server.start()
    traces = [f"run-{number}" for number in range(8)]
    for trace in traces:
        status, _ = fresh_server.request("POST", "/api/v1/events/batch", agent_run(trace, fails=trace == "run-3"))
        assert status == 202
    deadline = time.monotonic() + 30
    while len(fresh_server.request("GET", "/api/v1/traces")[1]["data"]) < len(traces):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    browse("traces.mjs", fresh_server.base_url, EMAIL, PASSWORD, "run-3")


def test_a_team_finds_its_way_in_the_first_hour(first_start: str) -> None:
    link = re.search(r"http://\S+/auth/link/\S+", first_start)
    assert link is not None
    browse("first-hour.mjs", link[0])
