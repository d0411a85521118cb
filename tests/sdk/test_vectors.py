"""The shared cases of `sdk/vectors`: both SDKs answer them alike, and the server takes what comes out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

import watchllm
from tests.running import Server, wait_until
from watchllm._sampling import hash_of, is_kept
from watchllm._streams import ChatStream, Gathered, MessagesStream, ResponsesStream
from watchllm._usage import read_usage
from watchllm.testing import recording

VECTORS = Path(__file__).resolve().parent.parent.parent / "sdk" / "vectors"
COUNTS = ("inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "reasoningTokens", "costUSD")
GATHERED: dict[str, type[Gathered]] = {
    "openai.chat": ChatStream,
    "openai.responses": ResponsesStream,
    "anthropic.messages": MessagesStream,
}


def cases(name: str) -> list[Any]:
    """Return the cases of one file as parameters that carry their names."""
    found: list[Any] = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["name"]) for case in found]


def counts(usage: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the vectors say about a usage; other counts may stand beside it."""
    return {name: value for name, value in (usage or {}).items() if name in COUNTS}


@pytest.mark.parametrize("case", cases("sampling"))
def test_an_id_is_sampled_alike(case: dict[str, Any]) -> None:
    assert hash_of(case["id"]) == case["hash"]
    assert is_kept(case["id"], case["rate"]) is case["kept"]


@pytest.mark.parametrize("case", cases("prompts"))
def test_a_template_is_rendered_alike(case: dict[str, Any]) -> None:
    assert watchllm.prompt("p", case["template"], case["variables"]) == case["text"]


@pytest.mark.parametrize("case", cases("redaction"))
def test_secrets_are_taken_out_alike(case: dict[str, Any]) -> None:
    settings = {"redact_defaults": not case.get("is_off"), "redact_patterns": tuple(case.get("patterns", ()))}
    with recording(**settings) as recorded:
        watchllm.capture_event("custom", {"name": "n", **case["body"]})
        assert recorded.bodies("custom") == [{"name": "n", **case["sent"]}]


@pytest.mark.parametrize("case", cases("usage"))
def test_usage_is_read_alike(case: dict[str, Any]) -> None:
    assert counts(read_usage(case["given"])) == case["usage"]


@pytest.mark.parametrize("case", cases("streams"))
def test_a_stream_is_put_together_alike(case: dict[str, Any]) -> None:
    gathered = GATHERED[case["api"]]()
    for chunk in case["chunks"]:
        gathered.add(chunk)
    assert gathered.answer() == case["answer"]


def test_the_server_takes_every_envelope(server: Server) -> None:
    for case in (param.values[0] for param in cases("envelope")):
        batch = [{**case["envelope"], "eventId": case["name"], "projectId": server.project_id}]
        status, answer = server.request("POST", "/api/v1/events/batch", batch)
        assert status == 202, (case["name"], answer)


@pytest.mark.parametrize("case", [*cases("answers"), *cases("streams")])
def test_the_server_shows_the_text_of_an_answer(server: Server, case: dict[str, Any]) -> None:
    body = {"model": "gpt-4o-mini", "response": case["answer"], "usage": case.get("usage", {})}
    trace_id = f"trace {case['name']} {time.time_ns()}"
    event = {"eventId": f"shown by {trace_id}", "traceId": trace_id, "type": "model_response", "body": body}
    status, answer = server.request("POST", "/api/v1/events/batch", [event])
    assert status == 202, answer
    row = wait_until(lambda: _trace(server, trace_id))
    assert case["shown"] in row["output_preview"]
    if usage := case.get("usage"):
        assert row["total_tokens"] == usage["inputTokens"] + usage["outputTokens"]


def _trace(server: Server, trace_id: str) -> dict[str, Any] | None:
    rows = server.get("/api/v1/traces?limit=1000")["data"]
    return next((row for row in rows if row["trace_id"] == trace_id), None)
