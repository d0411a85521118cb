"""The OTLP bodies of real runs, recorded by `python -m tests.agents.record`, replayed as their clients sent them."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.agents.record import RECORDED, RUNS
from tests.agents.seen import assert_is_the_trip
from tests.agents.test_real_agents import event_reader, shapes_of
from tests.loopback_llm.script import Usage
from tests.running import Server, wait_until

# What the loopback model billed when the bodies were recorded: it counts the same in every run.
BILLED = (Usage(input_tokens=57, output_tokens=20, cached_tokens=14), Usage(93, 55, 23))
PROTOBUF = {"Content-Type": "application/x-protobuf"}


@pytest.mark.parametrize("environment", sorted(RUNS))
def test_a_recorded_agent_run_appears_as_one_tree_with_model_tokens_and_cost(server: Server, environment: str) -> None:
    bodies = bodies_of(environment)
    for body in bodies:
        status, answer = server.request("POST", "/v1/traces", body, headers=PROTOBUF)
        assert status == 200, answer
    trace_id, count = trace_of(bodies)

    def is_summarised() -> bool:
        # The session is known by the summary alone, which follows the events.
        status, trace = server.request("GET", f"/api/v1/traces/{trace_id}")
        return status == 200 and trace["event_count"] == count and bool(trace["metadata"]["session_id"])

    wait_until(is_summarised)
    assert_is_the_trip(*shapes_of(server, trace_id), BILLED, event_reader(server))


def bodies_of(environment: str) -> list[bytes]:
    """Return the recorded bodies of an agent, in the order in which they were sent."""
    paths: list[Path] = sorted(RECORDED.glob(f"{environment}-*.bin"))
    assert paths, f"nothing is recorded for {environment}"
    return [path.read_bytes() for path in paths]


def trace_of(bodies: list[bytes]) -> tuple[str, int]:
    """Return the one trace id of the bodies, and how many spans it has."""
    spans = [
        span.trace_id.hex()
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(set(spans)) == 1
    return spans[0], len(spans)
