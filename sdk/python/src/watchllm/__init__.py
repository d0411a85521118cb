"""WatchLLM: sends what your LLM application does to a WatchLLM server, and never gets in its way.

    import watchllm

    watchllm.init(api_key="wl_...", base_url="http://127.0.0.1:8000")

    with watchllm.span("hello", input="Say hi") as span:
        watchllm.model_response("gpt-4o-mini", prompt="Say hi", response="Hi!")
        span.output = "Hi!"

This module lists the whole public surface; everything else may change.
"""

from watchllm._events import (
    agent_action,
    capture_event,
    custom,
    error,
    eval_metric,
    log,
    message,
    model_response,
    retrieval,
    score,
    token_usage,
    tool_call,
)
from watchllm._measured import agent, current_span, model_call, span, step, tool
from watchllm._observe import observe
from watchllm._process import flush, init, shutdown, stats
from watchllm._prompts import Prompt, prompt
from watchllm._scope import context
from watchllm._spans import Agent, ModelCall, Span, Step, Tool
from watchllm._version import __version__
from watchllm._wrap import wrap

__all__ = [
    "Agent",
    "ModelCall",
    "Prompt",
    "Span",
    "Step",
    "Tool",
    "__version__",
    "agent",
    "agent_action",
    "capture_event",
    "context",
    "current_span",
    "custom",
    "error",
    "eval_metric",
    "flush",
    "init",
    "log",
    "message",
    "model_call",
    "model_response",
    "observe",
    "prompt",
    "retrieval",
    "score",
    "shutdown",
    "span",
    "stats",
    "step",
    "token_usage",
    "tool",
    "tool_call",
    "wrap",
]
