"""Steps of agents with their state, and prompts that say which template made them."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from typing import Any

import pytest

import watchllm
from watchllm.testing import Recording


def test_steps_are_numbered_within_their_trace_whoever_takes_them(recorded: Recording) -> None:
    for _ in range(2):
        with watchllm.span("run"):
            with watchllm.agent("researcher"):
                for action in ("plan", "search"):
                    with watchllm.step(action):
                        pass
            with watchllm.agent("writer"), watchllm.step("write"):
                pass
    steps = [body for body in recorded.bodies("agent_action") if "stepIndex" in body]
    assert [(body["agentName"], body["action"], body["stepIndex"]) for body in steps] == [
        ("researcher", "plan", 0),
        ("researcher", "search", 1),
        ("writer", "write", 2),
    ] * 2


def test_a_step_carries_context_and_memory_or_a_patch(recorded: Recording) -> None:
    context = [{"role": "user", "content": "Why?"}]
    with watchllm.span("run"):
        with watchllm.step("plan", context=context, memory={"tries": 0}, tier="pro") as step:
            context.append({"role": "assistant", "content": "later"})
            step.set(memory={"tries": 1})
        with watchllm.step("act", state_patch=[{"op": "replace", "path": "/memory/tries", "value": 2}], step_index=7):
            pass
        with watchllm.step("rest"):
            pass
    first, second, third = recorded.bodies("agent_action")
    assert first["state"] == {"context": [{"role": "user", "content": "Why?"}], "memory": {"tries": 1}}
    assert first["metadata"] == {"tier": "pro"}
    assert second["statePatch"] == [{"op": "replace", "path": "/memory/tries", "value": 2}]
    assert [body["stepIndex"] for body in (first, second, third)] == [0, 7, 1]
    assert "state" not in third


def test_steps_of_threads_have_different_numbers(recorded: Recording) -> None:
    import contextvars

    with watchllm.span("run"):
        contexts = [contextvars.copy_context() for _ in range(8)]

        def work() -> None:
            for _ in range(50):
                with watchllm.step("x"):
                    pass

        threads = [threading.Thread(target=one.run, args=(work,)) for one in contexts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(body["stepIndex"] for body in recorded.bodies("agent_action")) == list(range(400))


async def test_a_step_is_async_and_the_parent_of_what_happens_inside(recorded: Recording) -> None:
    async with watchllm.step("plan") as step:
        watchllm.tool_call("search")
    assert recorded.events[0]["parentEventId"] == step.event_id


def test_a_prompt_is_a_text_that_knows_its_template(recorded: Recording) -> None:
    text = watchllm.prompt("greet", "Hello {{ name }}, {{unknown}}", {"name": "Ada"})
    assert text == "Hello Ada, {{unknown}}"
    assert json.dumps({"p": text}) == '{"p": "Hello Ada, {{unknown}}"}'
    mark = {"name": "greet", "template": "Hello {{ name }}, {{unknown}}", "variables": {"name": "Ada"}}
    with watchllm.model_call("m", prompt=text):
        pass
    watchllm.model_response("m", prompt=text)
    watchllm.model_response("m", messages=[{"role": "user", "content": [{"type": "text", "text": text}]}])
    for restored in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        watchllm.model_response("m", prompt=restored, metadata={"k": 1})
    with watchllm.model_call("m") as call:
        call.set(messages=[{"role": "system", "content": "x"}, {"role": "user", "content": text}])
    bodies = recorded.bodies("model_response")
    assert len(bodies) == 6
    assert all(body["metadata"]["prompt"] == mark for body in bodies)
    assert type(str(text)) is str


def test_what_is_made_of_a_prompt_is_plain_text(recorded: Recording) -> None:
    text = watchllm.prompt("greet", "Hello")
    watchllm.model_response("m", prompt=text + "!")
    assert "metadata" not in recorded.bodies("model_response")[0]


@pytest.mark.parametrize(
    ("template", "variables", "expected"),
    [
        ("{{a}}", {"a": "{{b}}", "b": "x"}, "{{b}}"),
        ("{{a}}{{b}}", {"a": 3, "b": {"k": [None, True]}}, '3{"k":[null,true]}'),
        ("{{a}}", {"a": object}, '"builtins.object"'),
        ("{{a}}", None, "{{a}}"),
        (None, {}, "None"),
        ("x" * 5000, {}, "x" * 5000),
    ],
)
def test_rendering_is_plain_substitution_in_one_pass(template: Any, variables: Any, expected: str) -> None:
    assert watchllm.prompt("p", template, variables) == expected
