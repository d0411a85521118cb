"""Says which keyword of a measured event is which key of its body; holds no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """How keywords become the body of one event type: known ones have a key, others go into `extras`."""

    type: str
    keys: Mapping[str, str]
    extras: str
    # Keywords that the server takes as text only.
    texts: frozenset[str]


SPAN = Kind(
    "span",
    {"name": "name", "input": "input", "output": "output", "status": "status", "status_message": "statusMessage"},
    "attributes",
    frozenset({"name", "status", "status_message"}),
)
MODEL_CALL = Kind(
    "model_response",
    {
        "model": "model",
        "provider": "provider",
        "prompt": "prompt",
        "messages": "messages",
        "response": "response",
        "finish_reason": "finishReason",
        "usage": "usage",
        "status": "status",
    },
    "metadata",
    frozenset({"model", "provider", "finish_reason", "status"}),
)
TOOL = Kind(
    "tool_call",
    {"name": "toolName", "arguments": "arguments", "result": "result", "status": "status"},
    "metadata",
    frozenset({"name", "status"}),
)
AGENT = Kind(
    "agent_action",
    {
        "action": "action",
        "name": "agentName",
        "input": "input",
        "output": "output",
        "reasoning": "reasoning",
        "step_index": "stepIndex",
        "state": "state",
        "state_patch": "statePatch",
        "status": "status",
    },
    "metadata",
    frozenset({"action", "name", "status"}),
)
