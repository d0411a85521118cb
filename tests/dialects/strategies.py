"""Values of every shape, close enough to events and spans that they reach the code behind the first checks."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import strategies as st

from watchllm_server.model.event import EVENT_TYPES

TEXTS = st.text(max_size=20) | st.sampled_from(["", "-", "--5", "1.0", "NaN", "\0", "[", "{}", '["a"]', "9" * 400])
INTEGERS = st.integers(-(2**63), 2**64 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)

BODY_KEYS = [
    "level", "message", "metadata", "type", "stack", "fingerprint", "name", "spanId", "start", "end",
    "durationMs", "input", "output", "status", "attributes", "model", "inputTokens", "outputTokens",
    "cacheReadTokens", "costUSD", "role", "content", "prompt", "messages", "response", "finishReason", "usage",
    "action", "agentName", "stepIndex", "state", "statePatch", "toolName", "arguments", "result", "query",
    "results", "vectorDimensions", "metric", "value", "label", "payload",
]  # fmt: skip
MESSAGE_KEYS = [
    "role", "content", "parts", "type", "text", "image_url", "tool_calls", "tool_call_id", "function",
    "arguments", "name", "id",
]  # fmt: skip
ROLES = st.sampled_from(["user", "assistant", "tool", "developer"])
# Each has one field of the wrong type now and then, as hand-written clients do.
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "tool_use", "tool_result", "thinking", "tool_call", "reasoning"])},
    optional={"text": VALUES, "image_url": VALUES, "input": VALUES, "thinking": VALUES, "arguments": VALUES},
)
MESSAGES = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(MESSAGE_KEYS), inner, max_size=5)
        | st.fixed_dictionaries({"role": ROLES, "content": st.lists(PARTS | inner, max_size=3)})
    ),
    max_leaves=10,
)
BODIES = st.dictionaries(st.sampled_from(BODY_KEYS), MESSAGES, max_size=8)
ENVELOPES = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(EVENT_TYPES)) | VALUES, "body": BODIES | VALUES},
    optional={
        "eventId": TEXTS | VALUES,
        "timestamp": st.sampled_from(["2026-11-20T11:00:00Z", "2026-02-30T00:00:00Z", "yesterday"]) | VALUES,
        "traceId": TEXTS | VALUES,
        "tags": st.lists(TEXTS, max_size=3) | VALUES,
        "context": st.dictionaries(st.sampled_from(["traceId", "tags", "userId", "more"]), VALUES) | VALUES,
        "sdk": VALUES,
    },
)
# Model calls that pass every check of their fields, so that the messages themselves are read.
MODEL_CALLS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.just("model_response"), "body": st.fixed_dictionaries({"model": st.just("m")}, optional={
        "messages": MESSAGES, "prompt": MESSAGES, "response": MESSAGES, "metadata": st.dictionaries(TEXTS, VALUES),
    })}
)  # fmt: skip

_GENAI_KEYS = [
    "gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.input.messages",
    "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.prompt", "gen_ai.completion",
    "gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.prompt.0.content.text",
    "gen_ai.completion.0.tool_calls.0.name", "gen_ai.completion.0.tool_calls.10.name",
    "gen_ai.usage.input_tokens", "gen_ai.usage.cost", "gen_ai.response.finish_reasons", "gen_ai.tool.name",
    "gen_ai.tool.call.arguments", "gen_ai.event.content", "session.id", "tags", "watchllm.project_id",
]  # fmt: skip
ATTRIBUTE_KEYS = st.sampled_from(_GENAI_KEYS) | st.text(max_size=8)
OPERATIONS = st.sampled_from(["chat", "embeddings", "execute_tool", "retrieval", "invoke_agent", "strange"])


def attribute_lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return lists of key-values as OTLP JSON writes them."""
    return st.lists(st.fixed_dictionaries({"key": ATTRIBUTE_KEYS, "value": inner}), max_size=5)


ANY_VALUES = st.recursive(
    st.fixed_dictionaries({"stringValue": OPERATIONS | VALUES})
    | st.fixed_dictionaries({"stringValue": MESSAGES.map(lambda value: orjson.dumps(value).decode())})
    | st.fixed_dictionaries({"intValue": INTEGERS | TEXTS | VALUES})
    | st.fixed_dictionaries({"doubleValue": FLOATS | TEXTS | VALUES})
    | st.fixed_dictionaries({"boolValue": VALUES})
    | st.fixed_dictionaries({"bytesValue": VALUES})
    | VALUES,
    lambda inner: (
        st.fixed_dictionaries({"arrayValue": st.fixed_dictionaries({"values": st.lists(inner, max_size=3)})})
        | st.fixed_dictionaries({"kvlistValue": st.fixed_dictionaries({"values": attribute_lists(inner)})})
    ),
    max_leaves=6,
)


TIMES = st.sampled_from(["1795176000000000000", 1795176000000000000, 0, "--5", str(2**70)]) | VALUES
HAPPENED = st.fixed_dictionaries(
    {"name": st.sampled_from(["exception", "gen_ai.choice", "gen_ai.user.message", "x"]) | VALUES},
    optional={"timeUnixNano": TIMES, "attributes": attribute_lists(ANY_VALUES) | VALUES},
)
SPANS = st.fixed_dictionaries(
    {
        "traceId": st.just("0af7651916cd43dd8448eb211c80319c") | VALUES,
        "spanId": st.just("b7ad6b7169203331") | VALUES,
        "startTimeUnixNano": TIMES,
    },
    optional={
        "parentSpanId": TEXTS | VALUES,
        "name": TEXTS | VALUES,
        "kind": VALUES,
        "endTimeUnixNano": TIMES,
        "attributes": attribute_lists(ANY_VALUES) | VALUES,
        "events": st.lists(HAPPENED, max_size=3) | VALUES,
        "links": st.lists(st.fixed_dictionaries({"attributes": attribute_lists(ANY_VALUES)}), max_size=2) | VALUES,
        "status": st.fixed_dictionaries({"code": VALUES, "message": VALUES}) | VALUES,
    },
)
