"""Opens events whose time is measured: `span`, `model_call`, `tool`, `agent`, `step`, and the current one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchllm import _notices
from watchllm._process import active_client
from watchllm._spans import (
    NO_AGENT,
    NO_MODEL_CALL,
    NO_SPAN,
    NO_STEP,
    NO_TOOL,
    Agent,
    ModelCall,
    Span,
    Step,
    Tool,
    current_span_var,
)
from watchllm._values import text_of


@_notices.never_raises(NO_SPAN)
def span(
    name: str,
    *,
    input: Any = None,
    trace_id: str | None = None,
    parent_event_id: str | None = None,
    **attributes: Any,
) -> Span:
    """Measure a block (`with` or `async with`) and make what happens inside its children.

    `trace_id` and `parent_event_id` continue a trace that began in another thread or service.
    """
    client = active_client()
    if client is None:
        return NO_SPAN
    opened = Span(client, {"name": text_of(name), "input": input}, trace_id, parent_event_id)
    return opened.set(**attributes) if attributes else opened


@_notices.never_raises(NO_MODEL_CALL)
def model_call(
    model: str,
    *,
    prompt: str | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    provider: str | None = None,
    **metadata: Any,
) -> ModelCall:
    """Measure a call of a model; say inside what it answered: `call.response(text, usage=…)`."""
    client = active_client()
    if client is None:
        return NO_MODEL_CALL
    fields = {"model": text_of(model), "prompt": prompt, "messages": messages, "provider": provider}
    return ModelCall(client, {**metadata, **fields})


@_notices.never_raises(NO_TOOL)
def tool(name: str, *, arguments: Any = None, **metadata: Any) -> Tool:
    """Measure a call of a tool; say inside what it returned: `call.result(value)`."""
    client = active_client()
    if client is None:
        return NO_TOOL
    return Tool(client, {**metadata, "name": text_of(name), "arguments": arguments})


@_notices.never_raises(NO_AGENT)
def agent(
    name: str | None = None,
    *,
    action: str = "run",
    input: Any = None,
    reasoning: str | None = None,
    step_index: int | None = None,
    state: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Agent:
    """Measure an action of the agent `name`; its model calls, tools and further actions become its children."""
    client = active_client()
    if client is None:
        return NO_AGENT
    fields = {
        "action": text_of(action),
        "name": None if name is None else text_of(name),
        "input": input,
        "reasoning": reasoning,
        "step_index": step_index,
        "state": state,
    }
    return Agent(client, {**metadata, **fields})


@_notices.never_raises(NO_STEP)
def step(
    action: str,
    *,
    context: Any = None,
    memory: Any = None,
    state_patch: Any = None,
    name: str | None = None,
    input: Any = None,
    reasoning: str | None = None,
    step_index: int | None = None,
    **metadata: Any,
) -> Step:
    """Measure one step of an agent; its number counts by itself within the trace, from 0.

    `context` is what the agent sees (its messages), `memory` what it keeps in variables: the state at this step.
    A long state may be sent once and then as `state_patch`, what has changed since the step before. All three may
    also be said inside: `step.set(memory=...)`.
    """
    client = active_client()
    if client is None:
        return NO_STEP
    around = current_span_var.get()
    fields = {
        "action": text_of(action),
        "name": name if name is not None else around.agent_name if around is not None else None,
        "context": context,
        "memory": memory,
        "state_patch": state_patch,
        "input": input,
        "reasoning": reasoning,
        "step_index": step_index,
    }
    return Step(client, {**metadata, **fields})


@_notices.never_raises(NO_SPAN)
def current_span() -> Span:
    """Return the innermost open span, model call, tool or agent; outside any, one that records nothing."""
    return current_span_var.get() or NO_SPAN
