"""Run one agent in its own environment against the loopback model; it decides nothing about what is checked."""

from __future__ import annotations

import os
import subprocess
import urllib.parse
from pathlib import Path

from tests.agents import task
from tests.loopback_llm import LoopbackLLM
from tests.own_environments import ROOT

# Imports of a framework take seconds on a busy machine; an agent that needs a minute hangs.
RUN_TIMEOUT_S = 60.0


def run_otel_agent(python: Path, module: str, llm: LoopbackLLM, base_url: str, api_key: str, session_id: str) -> str:
    """Run an agent that exports OTLP, set up by the environment alone as a user would; returns its answer."""
    headers = urllib.parse.quote(f"Bearer {api_key}")
    return _run(
        python,
        module,
        llm,
        TRIP_SESSION=session_id,
        OTEL_EXPORTER_OTLP_ENDPOINT=base_url,
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization={headers}",
        OTEL_SERVICE_NAME="trip-planner",
        OTEL_RESOURCE_ATTRIBUTES=f"deployment.environment.name=test,service.version=1.4.0,user.id={task.USER_ID}",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="span_only",
    )


def run_sdk_agent(python: Path, module: str, llm: LoopbackLLM, base_url: str, api_key: str, session_id: str) -> str:
    """Run an agent that sends by our SDK, set up by the environment; returns its answer."""
    return _run(
        python,
        module,
        llm,
        TRIP_SESSION=session_id,
        WATCHLLM_BASE_URL=base_url,
        WATCHLLM_API_KEY=api_key,
        PYTHONPATH=str(ROOT / "sdk" / "python" / "src"),
    )


def _run(python: Path, module: str, llm: LoopbackLLM, **settings: str) -> str:
    # A small environment of its own: nothing of the developer's may send this run anywhere else.
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **settings}
    done = subprocess.run(
        [str(python), "-m", f"tests.agents.{module}", llm.openai_url],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{module} failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    # A client that could not deliver says so on stderr and still ends well: that is a failure here.
    if done.stderr.strip():
        raise AssertionError(f"{module} complained:\n{done.stderr}")
    return done.stdout.strip()
