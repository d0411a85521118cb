"""The shell, the lists, the dashboard, sessions and end users in a real browser, on events that were really sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.e2e.browsing import BROWSER, browse, event
from tests.running import EMAIL, PASSWORD, Server, wait_until
from watchllm_server.clock import SystemClock
from watchllm_server.model.times import to_rfc3339

pytestmark = pytest.mark.skipif(BROWSER is None, reason="cannot have: no Chromium, and no right to install it")

_MINUTE_US: Final = 60_000_000
_DAY_US: Final = 24 * 60 * _MINUTE_US
TRACES: Final = 60
DEAR_TRACE: Final = "run-dear"


def run(trace: str, end_us: int, number: int, *, model: str, tokens: int, name: str) -> list[dict[str, Any]]:
    """Return an agent that asks a model and uses a tool, which fails in every sixth run."""
    about = {
        "timestamp": to_rfc3339(end_us),
        "sessionId": f"session-{number % 7}",
        "userId": f"user-{number % 5}",
        "environment": "production" if number % 3 else "staging",
        "tags": ["beta"] if number % 2 else ["beta", "vip"],
    }
    asked = [{"role": "system", "content": "You help."}, {"role": "user", "content": f"Where is order {number}?"}]
    usage = {"inputTokens": tokens, "outputTokens": tokens // 10}
    outcome = {"metadata": {"error": "timeout"}} if number % 6 == 0 else {"result": {"status": "lost"}}
    told = [
        event(trace, f"{trace}-agent", "agent_action", action=name, agentName="support", input=f"order {number}",
              output="It was lost; you get a refund."),
        event(trace, f"{trace}-call", "model_response", f"{trace}-agent", model=model, messages=asked, usage=usage,
              response="I will look it up.", latencyMs=900 + 10 * number),
        event(trace, f"{trace}-tool", "tool_call", f"{trace}-agent", toolName="orders.find", arguments={"id": number},
              latencyMs=120, **outcome),
    ]  # fmt: skip
    if number % 6 == 0:
        told.append(event(trace, f"{trace}-error", "error", f"{trace}-tool", message="orders.find timed out"))
    return [{**one, **about} for one in told]


def story(now_us: int) -> list[list[dict[str, Any]]]:
    """Return a day of cheap runs, and a day in which a dear model took a third of them over."""
    runs = [
        run(
            f"old-{n}",
            now_us - _DAY_US - (n + 60) * 10 * _MINUTE_US,
            n,
            model="gpt-4o-mini",
            tokens=2_000,
            name="agent",
        )
        for n in range(TRACES)
    ]
    for n in range(TRACES):
        model = "gpt-4o" if n % 3 == 0 else "gpt-4o-mini"
        runs.append(run(f"run-{n}", now_us - (n + 1) * 10 * _MINUTE_US, n, model=model, tokens=2_000, name="agent"))
    runs.append(run(DEAR_TRACE, now_us - 5 * _MINUTE_US, 1, model="gpt-4o", tokens=90_000, name="dear_agent"))
    return runs


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two days of runs."""
    running = Server(tmp_path_factory.mktemp("explored"), environment={"WATCHLLM_LOGINS_PER_MINUTE": "1000"}).start()
    try:
        for events in story(SystemClock().now_us()):
            status, answer = running.request("POST", "/api/v1/events/batch", events)
            assert status == 202, answer
        path = "/api/v1/traces?limit=1000&from=2020-01-01T00:00:00Z"
        wait_until(lambda: len(running.get(path)["data"]) == 2 * TRACES + 1, timeout_s=60)
        yield running
    finally:
        running.kill()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_shows_what_was_sent_and_is_accessible(explored: Server, theme: str) -> None:
    browse("pages.mjs", explored.base_url, EMAIL, PASSWORD, timeout_s=300, THEME=theme)


def test_every_view_is_in_its_address_and_moves_by_keys(explored: Server) -> None:
    browse("explore.mjs", explored.base_url, EMAIL, PASSWORD, "run-5", "run-5-tool", timeout_s=240)


def test_a_doubled_cost_leads_to_its_model_and_trace(explored: Server) -> None:
    browse("cost-doubled.mjs", explored.base_url, EMAIL, PASSWORD, "gpt-4o", DEAR_TRACE)


def test_traces_come_into_the_list_by_themselves(explored: Server) -> None:
    browse("live.mjs", explored.base_url, EMAIL, PASSWORD, explored.api_key)
