"""The page of a trace: from "this agent failed" to the failing step by mouse and keys; accessible in both themes."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import pytest

from tests.e2e.browsing import BROWSER, browse, event
from tests.running import EMAIL, PASSWORD, Server
from watchllm_server.clock import SystemClock
from watchllm_server.model.times import to_rfc3339

pytestmark = pytest.mark.skipif(BROWSER is None, reason="cannot have: no Chromium, and no right to install it")

_USAGE: Final = {"inputTokens": 1_200, "outputTokens": 80, "cacheReadTokens": 400}


def failed_run(trace: str) -> list[dict[str, Any]]:
    """Return an agent that failed because of one tool, four levels below it."""
    return [
        event(trace, f"{trace}-root", "span", name=trace, status="error"),
        event(trace, f"{trace}-s1", "agent_action", f"{trace}-root", action="look_up", agentName="support"),
        event(trace, f"{trace}-t1", "tool_call", f"{trace}-s1", toolName="orders.list", arguments={}, result=[]),
        event(trace, f"{trace}-s2", "span", f"{trace}-root", name="refund", status="error"),
        event(trace, f"{trace}-t2", "span", f"{trace}-s2", name="orders.find", status="error"),
        event(trace, f"{trace}-e", "error", f"{trace}-t2", message="orders.find timed out"),
    ]


def long_run(trace: str) -> list[dict[str, Any]]:
    """Return a run of steps with similar tools in a row, more than fit on a screen."""
    events = [event(trace, f"{trace}-root", "span", name=trace, durationMs=40_000)]
    for step in range(60):
        parent = f"{trace}-{step:03}"
        events.append(event(trace, parent, "span", f"{trace}-root", name=f"step {step}", durationMs=600))
        for number in range(5):
            words = "a needle in the haystack" if (step, number) == (44, 2) else "hay"
            events.append(event(trace, f"{parent}-{number}", "tool_call", parent, toolName="lookup", result=words,
                                latencyMs=40))  # fmt: skip
    return events


def chat_run(trace: str) -> list[dict[str, Any]]:
    """Return two calls of one conversation with a tool between them, and a score of the tool."""
    system, user = {"role": "system", "content": "You help with orders."}, {"role": "user", "content": "Where is 81?"}
    call = {"role": "assistant", "content": "", "tool_calls": [
        {"id": "call-1", "type": "function", "function": {"name": "orders.find", "arguments": '{"id": 81}'}}
    ]}  # fmt: skip
    result = {"role": "tool", "tool_call_id": "call-1", "content": '{"status": "lost"}'}
    return [
        event(trace, f"{trace}-root", "agent_action", action="support", agentName="support"),
        event(trace, f"{trace}-c1", "model_response", f"{trace}-root", model="gpt-4o", messages=[system, user],
              response="I look it up.", usage=_USAGE, latencyMs=900),
        event(trace, f"{trace}-t1", "tool_call", f"{trace}-root", toolName="orders.find", arguments={"id": 81},
              result={"status": "lost", "history": [{"at": n, "place": f"warehouse {n}"} for n in range(40)]}),
        event(trace, f"{trace}-v", "eval_metric", f"{trace}-t1", metric="useful", value=0.75, comment="it was"),
        event(trace, f"{trace}-c2", "model_response", f"{trace}-root", model="gpt-4o",
              messages=[system, user, call, result], response="It was lost; you get a refund.", usage=_USAGE,
              latencyMs=1_400),
    ]  # fmt: skip


def stamped(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events a tenth of a second apart, in the last minutes."""
    began_us = SystemClock().now_us() - 600_000_000
    return [{**one, "timestamp": to_rfc3339(began_us + 100_000 * at)} for at, one in enumerate(events)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with the three runs."""
    server = Server(tmp_path_factory.mktemp("trace-view")).start()
    runs = {"failed-run": failed_run("failed-run"), "long-run": long_run("long-run"), "chat-run": chat_run("chat-run")}
    for events in map(stamped, runs.values()):
        for first in range(0, len(events), 100):
            status, answer = server.request("POST", "/api/v1/events/batch", events[first : first + 100])
            assert status == 202, answer
    deadline = time.monotonic() + 60
    for trace, events in runs.items():
        while True:
            answer = server.request("GET", f"/api/v1/where-is?trace_id={trace}")[1]
            if answer.get("current") == "visible" and answer["stages"][1]["events"] == len(events):
                break
            assert time.monotonic() < deadline, answer
            time.sleep(0.1)
    yield server
    server.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_finds_the_failing_step_and_reads_the_trace(filled: Server, theme: str) -> None:
    runs = {"failed": "failed-run", "failing": "failed-run-e", "long": "long-run", "chat": "chat-run"}
    browse("trace-view.mjs", filled.base_url, EMAIL, PASSWORD, json.dumps(runs), timeout_s=280, THEME=theme)
