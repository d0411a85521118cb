"""`wrap()` on real clients of three generations against a model on loopback: the host sees no difference, we see all.

Each generation runs in a process of its own, with its own packages; every case is run plain and wrapped.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loopback_llm import Call, LoopbackLLM
from tests.own_environments import ROOT, NoNetwork
from tests.sdk.clients import GENERATIONS, interpreter_of

ANSWER = "You asked: Why is the sky blue? Here is a short answer from the loopback model."
ARGUMENTS = {"query": "quiet hotels near the river"}
FAILED = {"chat refused", "chat without a model"}
LEFT = {"chat stream left", "messages stream left"}
# Their API sends no usage: it was not asked for, and asking would change what the host gets.
WITHOUT_USAGE = {
    "chat stream",
    "chat stream tools",
    "chat stream manager",
    "async chat stream",
    "chat streamed raw",
}
TOOLS = {"chat tools", "chat stream tools", "messages tools", "messages stream tools"}


@pytest.fixture(scope="module")
def llm() -> Iterator[LoopbackLLM]:
    with LoopbackLLM() as running:
        yield running


@pytest.fixture(scope="module", params=GENERATIONS)
def seen(request: pytest.FixtureRequest, llm: LoopbackLLM) -> dict[str, Any]:
    """What the host got and what was recorded, by case."""
    try:
        python = interpreter_of(request.param)
    except NoNetwork as problem:
        pytest.skip(f"cannot have: the clients of {request.param} cannot be installed: {problem}")
    done = subprocess.run(
        [str(python), "-W", "error", "-m", "tests.sdk.run_wrapped_clients", llm.openai_url, llm.anthropic_url],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "sdk" / "python" / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    cases = json.loads(done.stdout)
    cases.pop("versions")
    assert len(cases) == 28
    return cases


def body_of(case: dict[str, Any]) -> dict[str, Any]:
    (event,) = case["events"]
    assert event["type"] == "model_response"
    return event["body"]


def said_by(body: dict[str, Any]) -> Any:
    """Return the text, or the arguments of the tool, that an answer of any API holds."""
    answer = body["response"]
    if "choices" in answer:
        message = answer["choices"][0]["message"]
        calls = message.get("tool_calls")
        return json.loads(calls[0]["function"]["arguments"]) if calls else message["content"]
    part = answer["content"][0] if "content" in answer else answer["output"][0]["content"][0]
    return part["input"] if part["type"] == "tool_use" else part["text"]


def test_the_host_gets_the_same_objects_chunks_and_errors(seen: dict[str, Any]) -> None:
    changed = {name: (case["got"], case["expected"]) for name, case in seen.items() if not case["is_same"]}
    assert changed == {}


def test_every_call_is_recorded_once_with_its_request(seen: dict[str, Any]) -> None:
    for name, case in seen.items():
        body = body_of(case)
        assert body["provider"] == ("anthropic" if "messages" in name else "openai"), name
        if name not in FAILED:
            question = body["messages"][-1]
            assert question == {"role": "user", "content": "Why is the sky blue?"}, name
            assert body["status"] == "ok"
        if "responses" in name or "messages" in name:
            assert body["messages"][0] == {"role": "system", "content": "Be brief."}, name
    assert body_of(seen["chat"])["metadata"] == {"temperature": 0.2}


def test_every_answer_is_whole_whichever_way_it_came(seen: dict[str, Any]) -> None:
    for name, case in seen.items():
        if name in FAILED | LEFT or name == "chat streamed raw":
            continue
        assert said_by(body_of(case)) == (ARGUMENTS if name in TOOLS else ANSWER), name


def test_usage_is_what_was_billed(seen: dict[str, Any], llm: LoopbackLLM) -> None:
    billed = {(call.api, call.is_streamed, call.usage.output_tokens): call for call in llm.calls}
    for name, case in seen.items():
        body = body_of(case)
        if name in FAILED | WITHOUT_USAGE | LEFT:
            continue
        api = "messages" if "messages" in name else "responses" if "responses" in name else "chat"
        call: Call = billed[api, "stream" in name, body["usage"]["outputTokens"]]
        assert body["usage"]["inputTokens"] == call.usage.input_tokens, name
        assert body["usage"]["cacheReadTokens"] == call.usage.cached_tokens, name
        assert body["latencyMs"] > 0


def test_an_error_is_recorded_and_raised(seen: dict[str, Any]) -> None:
    assert body_of(seen["chat refused"])["statusMessage"].startswith("NotFoundError: ")
    assert body_of(seen["chat without a model"])["statusMessage"].startswith("TypeError: ")


def test_a_stream_that_is_left_ends_its_call_and_says_so(seen: dict[str, Any]) -> None:
    for name in LEFT:
        body = body_of(seen[name])
        assert body["metadata"]["incomplete"] is True, name
        assert "finishReason" not in body
