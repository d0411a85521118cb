"""Record the OTLP bodies of the real runs, so that the fast suite can replay them: `python -m tests.agents.record`."""

from __future__ import annotations

from pathlib import Path

from tests.agents import task
from tests.agents.capture import OtlpCapture
from tests.agents.environments import HERE, Environment, make
from tests.agents.launch import run_otel_agent
from tests.loopback_llm import LoopbackLLM

RECORDED = HERE / "recorded"
RUNS: dict[Environment, str] = {"openai-agents": "run_otel_agent", "langgraph": "run_otel_langgraph"}


def record(environment: Environment) -> list[Path]:
    """Run the agent once and write each request body to `recorded/<environment>-<n>.bin`."""
    with LoopbackLLM() as llm, OtlpCapture() as capture:
        key = "wl_recording_only_no_real_key_000"
        run_otel_agent(make(environment), RUNS[environment], llm, capture.url, key, task.SESSION_ID)
    RECORDED.mkdir(exist_ok=True)
    paths = [RECORDED / f"{environment}-{index}.bin" for index in range(len(capture.bodies))]
    for path, body in zip(paths, capture.bodies, strict=True):
        path.write_bytes(body)
    return paths


def main() -> None:
    """Record every agent."""
    for environment in RUNS:
        for path in record(environment):
            print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
