"""A first program with the SDK, run as its users run it, is a trace in the read API within two seconds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.running import Server, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SDK = ROOT / "sdk" / "python"
ADDRESS, KEY = "http://127.0.0.1:8000", "wl_..."
SOON_S = 2.0
# 12 fresh input tokens at 0.15 and 9 output tokens at 0.60 dollars a million.
COST = Decimal("0.0000072")

SIX_LINES = """\
import watchllm
watchllm.init(api_key="wl_...", base_url="http://127.0.0.1:8000")
with watchllm.span("hello", input="What is WatchLLM?") as span:
    watchllm.model_response("gpt-4o-mini", prompt="What is WatchLLM?", response="It shows what your agents do.", usage={"inputTokens": 12, "outputTokens": 9})
    span.output = "It shows what your agents do."
watchllm.flush()
"""  # noqa: E501
BY_THE_API_NAMES = """\
import watchllm
watchllm.init(api_key="wl_...", base_url="http://127.0.0.1:8000")
with watchllm.span("hello", input="What is WatchLLM?") as span:
    body = {"model": "gpt-4o-mini", "prompt": "What is WatchLLM?", "response": "It shows what your agents do.",
            "usage": {"inputTokens": 12, "outputTokens": 9}}
    watchllm.capture_event("model_response", body)
    span.output = "It shows what your agents do."
watchllm.flush()
"""
NO_FLUSH = SIX_LINES.replace("watchllm.flush()", "")
SETTINGS_OF_THE_ENVIRONMENT = re.sub(r"init\(.*\)", "init()", SIX_LINES)
MEASURED = """\
import watchllm
watchllm.init()
@watchllm.observe(name="hello")
def hello(question):
    with watchllm.model_call("gpt-4o-mini", prompt=question) as call:
        call.response({"choices": [{"message": {"role": "assistant", "content": "It shows what your agents do."}}],
                       "usage": {"prompt_tokens": 12, "completion_tokens": 9}})
    return "It shows what your agents do."
hello("What is WatchLLM?")
"""


def quickstart() -> str:
    """Return the first program of the SDK's README."""
    found = re.search(r"## Quickstart\n\n```python\n(.*?)```", (SDK / "README.md").read_text(), re.DOTALL)
    assert found
    return found[1]


PROGRAMS: dict[str, tuple[str, int]] = {
    "six-lines": (SIX_LINES, 0),
    "six-lines-by-the-api-names": (BY_THE_API_NAMES, 0),
    "settings-of-the-environment": (SETTINGS_OF_THE_ENVIRONMENT, 0),
    "quickstart-of-the-readme": (quickstart(), 0),
    "measured": (MEASURED, 0),
    "no-flush-at-the-end": (NO_FLUSH, 0),
    "left-by-sys-exit": (NO_FLUSH + "raise SystemExit(3)", 3),
    "left-by-an-exception": (NO_FLUSH + "1 / 0", 1),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_first_program_is_a_trace_within_two_seconds(server: Server, program: str) -> None:
    text, exit_code = PROGRAMS[program]
    name = f"hello-{program}"
    done = start(server, text.replace('"hello"', json.dumps(name)))
    ended_s = time.monotonic()
    assert (done.returncode, done.stdout) == (exit_code, "")
    if exit_code == 0:
        assert done.stderr == ""
    row = wait_until(lambda: find_row(server, name), timeout_s=SOON_S - (time.monotonic() - ended_s))
    assert (row["event_count"], row["model_call_count"], row["status"]) == (2, 1, "ok")
    assert (row["total_tokens"], Decimal(row["total_cost_usd"])) == (21, COST)
    assert "What is WatchLLM?" in row["input_preview"]
    assert row["output_preview"] == "It shows what your agents do."
    columns = server.get(f"/api/v1/traces/{row['trace_id']}?shape=flat")["columns"]
    assert (columns["name"], columns["depth"]) == ([name, "gpt-4o-mini"], [0, 1])
    assert columns["type"] == ["span", "model_response"]
    assert (columns["input_tokens"][1], columns["output_tokens"][1]) == (12, 9)
    assert [cost and Decimal(cost) for cost in columns["cost_usd"]] == [None, COST]
    call = server.get(f"/api/v1/events/{columns['event_id'][1]}")
    assert call["input"] == [message("user", "What is WatchLLM?")]
    assert call["output"] == [message("assistant", "It shows what your agents do.")]


def test_a_program_without_a_server_ends_well_and_says_why(tmp_path: Path) -> None:
    nowhere = Server(tmp_path, base_url="http://127.0.0.1:9")
    started_s = time.monotonic()
    done = start(nowhere, SIX_LINES.replace("flush()", "flush(timeout=0.2)"), exit_timeout_s=0.2)
    assert done.returncode == 0
    assert time.monotonic() - started_s < 5
    assert "the server cannot be reached" in done.stderr
    assert "2 events were not sent" in done.stderr
    assert done.stdout == ""


def message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def start(server: Server, text: str, exit_timeout_s: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, with the SDK on its path and nothing of the developer's."""
    text = text.replace(ADDRESS, server.base_url).replace(KEY, server.api_key)
    if exit_timeout_s is not None:
        text = text.replace("init(", f"init(exit_timeout_s={exit_timeout_s}, ")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SDK / "src"),
        "WATCHLLM_API_KEY": server.api_key,
        "WATCHLLM_BASE_URL": server.base_url,
    }
    command = [sys.executable, "-W", "error", "-c", text]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def find_row(server: Server, name: str) -> dict[str, Any] | None:
    """Return the row of the one trace of a name once it is whole."""
    condition = {"and": [{"field": "name", "op": "=", "value": name}]}
    rows = server.get(f"/api/v1/traces?{urllib.parse.urlencode({'filter': json.dumps(condition)})}")["data"]
    assert len(rows) <= 1, rows
    return rows[0] if rows and rows[0]["event_count"] == 2 else None
