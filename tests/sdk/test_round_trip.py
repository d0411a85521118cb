"""An event of each type, sent by the Python SDK from a process of its own, is in the read API with equal content."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
from typing import Any

import pytest

from tests.own_environments import ROOT
from tests.running import Server, wait_until
from watchllm.testing import recording

# Each statement sends one event; what it holds is looked for on the other side.
EVENTS: dict[str, str] = {
    "span": 'watchllm.capture_event("span", {"name": "n", "input": {"q": [1, 2.5, None, True]}, '
    '"output": "ä \\U0001f600"}, **to)',
    "log": 'watchllm.log("line 1\\nline 2", level="warning", metadata={"k": {"deep": [1]}}, **to)',
    "error": 'watchllm.error(ValueError("no such thing"), fingerprint=["a", "b"], metadata={"n": 1}, **to)',
    "token_usage": 'watchllm.token_usage("gpt-4o-mini", input_tokens=12, output_tokens=3, cache_read_tokens=2, **to)',
    "message": 'watchllm.message("user", "Hallo, wie geht es?", metadata={"lang": "de"}, **to)',
    "model_response": 'watchllm.model_response("gpt-4o-mini", messages=[{"role": "user", "content": "Why?"}], '
    'response="Because.", usage={"inputTokens": 9, "outputTokens": 4}, finish_reason="stop", latency_ms=12.5, **to)',
    "agent_action": 'watchllm.agent_action("plan", name="Ada", input="i", output={"o": 1}, reasoning="r", '
    'step_index=3, state={"context": [{"role": "user", "content": "c"}], "memory": {"m": 1}}, **to)',
    "tool_call": 'watchllm.tool_call("search", arguments={"q": "x"}, result=[{"id": 1}], latency_ms=5, **to)',
    "retrieval": 'watchllm.retrieval("q", [{"id": "d1", "score": 0.5, "text": "t", "metadata": {"p": 1}}], '
    "vector_dimensions=1536, **to)",
    "eval_metric": 'watchllm.eval_metric("helpful", 0.25, comment="fair", suite_id="s", **to)',
    "custom": 'watchllm.custom("mine", {"any": ["thing", {"at": "all"}]}, **to)',
}
ENVELOPE = {"session_id": "s-1", "user_id": "u-1", "environment": "test", "release": "1.2", "tags": ["a", "b"]}
PROGRAM = """
import json, sys, watchllm
watchllm.init()
for kind, statement in json.loads(sys.argv[1]).items():
    to = {"event_id": f"round-trip-{kind}", "trace_id": f"round-trip-trace-{kind}", **json.loads(sys.argv[2])}
    exec(statement)
assert watchllm.flush(20), watchllm.stats()
assert watchllm.stats()["dropped"] == {}
"""


@pytest.fixture(scope="module")
def sent(server: Server) -> dict[str, dict[str, Any]]:
    """Send all of them; returns the body that the SDK makes of each."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, json.dumps(EVENTS), json.dumps(ENVELOPE)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "WATCHLLM_API_KEY": server.api_key, "WATCHLLM_BASE_URL": server.base_url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with recording() as seen:
        for statement in EVENTS.values():
            exec(statement, {"watchllm": __import__("watchllm"), "to": {}})
        return {event["type"]: event["body"] for event in seen.events}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_read_as_it_was_sent(server: Server, sent: dict[str, dict[str, Any]], kind: str) -> None:
    event = wait_until(lambda: stored(server, f"round-trip-{kind}"))
    assert (event["type"], event["trace_id"]) == (kind, f"round-trip-trace-{kind}")
    assert {name: event[name] for name in ENVELOPE} == ENVELOPE
    body: dict[str, Any] = event["raw"]["body"]
    if kind == "error":
        # The place where each of the two was raised.
        assert body.pop("stack")
        assert sent[kind].pop("stack")
    assert body == sent[kind]


def stored(server: Server, event_id: str) -> dict[str, Any] | None:
    status, event = server.request("GET", f"/api/v1/events/{urllib.parse.quote(event_id, safe='')}")
    return event if status == 200 else None
