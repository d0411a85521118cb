"""One agent's run of any length as OTLP bodies: plans of steps of model calls, tools and retrievals; some fail.

The same bodies go to every product that is measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

# What is looked for: one span has it in its name, one in its text.
RARE_NAME: Final = "tool_of_the_needle"
RARE_TEXT: Final = "a needle in the haystack"
RARE_SPAN: Final = 1_777

_TOOLS: Final = ("search_orders", "get_weather", "run_query", "read_file", "refunds.create")
_MODELS: Final = ("gpt-4o-mini", "gpt-4o", "gpt-4.1")
_WORDS: Final = tuple(
    "the order was sent by the warehouse and the customer asks where it is now please look it up again then answer "  # noqa: SIM905
    "with what you found or say that you could not find anything useful in the last results of the tool".split()
)
_STEP_SPANS: Final = 10
_PLAN_SPANS: Final = 400
_NS_PER_MS: Final = 1_000_000
# A tenth of a second for each span: what 100,000 of them would take is under three hours.
_SPAN_MS: Final = 100
_FAILURES: Final = 0.002
# As exporters send them by default.
_BODY_SPANS: Final = 512


def long_trace(trace_id: bytes, spans: int, *, start_ms: int, seed: int = 7) -> Iterator[bytes]:
    """Yield the OTLP bodies of one trace of `spans` spans, parents first; it begins at `start_ms` (Unix time)."""
    made = _spans(trace_id, spans, start_ms, random.Random(seed))
    for first in range(0, spans, _BODY_SPANS):
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.append(_text("service.name", "bench"))
        scope = resource.scope_spans.add()
        scope.scope.name = "watchllm-bench"
        scope.spans.extend(next(made) for _ in range(min(_BODY_SPANS, spans - first)))
        yield request.SerializeToString()


def _spans(trace_id: bytes, count: int, start_ms: int, chance: random.Random) -> Iterator[Span]:
    """Yield a root, a plan each 400 spans, a step each ten, and what the step does."""
    # No two traces share one: some products take span ids for unique.
    own = random.Random(trace_id).randbytes(4)
    root = plan = step = b""
    for number in range(count):
        span_id = own + (number + 1).to_bytes(4, "big")
        at_ms, in_step = start_ms + number * _SPAN_MS, number % _STEP_SPANS
        if number == 0:
            parent, span, lasts = b"", _agent("research"), count
            root = plan = step = span_id
        elif number % _PLAN_SPANS == 1:
            parent, span, lasts = root, _agent(f"plan {number // _PLAN_SPANS}"), min(_PLAN_SPANS, count - number)
            plan = step = span_id
        elif in_step == 2:
            parent, span, lasts = plan, _agent(f"step {number // _STEP_SPANS}"), min(_STEP_SPANS, count - number)
            step = span_id
        else:
            parent, span, lasts = step, _work(number, in_step, chance), 1
        span.trace_id, span.span_id, span.parent_span_id = trace_id, span_id, parent
        span.start_time_unix_nano = at_ms * _NS_PER_MS
        used_ms = chance.randint(20, 95) if lasts == 1 else lasts * _SPAN_MS - 2
        span.end_time_unix_nano = (at_ms + used_ms) * _NS_PER_MS
        yield span


def _agent(name: str) -> Span:
    span = Span(name=f"invoke_agent {name}", kind=Span.SPAN_KIND_INTERNAL)
    span.attributes.extend([_text("gen_ai.operation.name", "invoke_agent"), _text("gen_ai.agent.name", name)])
    return span


def _work(number: int, in_step: int, chance: random.Random) -> Span:
    if number == RARE_SPAN:
        return _tool(RARE_NAME, "look closely", RARE_TEXT)
    if in_step in (3, 8):
        return _call(chance)
    span = _tool(chance.choice(_TOOLS), _said(chance), _said(chance))
    if chance.random() < _FAILURES:
        span.status.code, span.status.message = Status.STATUS_CODE_ERROR, "upstream timeout after 5000 ms"
    return span


def _call(chance: random.Random) -> Span:
    model = chance.choice(_MODELS)
    span = Span(name=f"chat {model}", kind=Span.SPAN_KIND_CLIENT)
    asked = [{"role": "user", "parts": [{"type": "text", "content": _said(chance)}]}]
    said = [{"role": "assistant", "parts": [{"type": "text", "content": _said(chance)}], "finish_reason": "stop"}]
    span.attributes.extend(
        [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.provider.name", "openai"),
            _text("gen_ai.request.model", model),
            _text("gen_ai.response.model", model),
            _number("gen_ai.usage.input_tokens", chance.randint(200, 6_000)),
            _number("gen_ai.usage.output_tokens", chance.randint(20, 900)),
            _text("gen_ai.input.messages", msgspec.json.encode(asked).decode()),
            _text("gen_ai.output.messages", msgspec.json.encode(said).decode()),
        ]
    )
    return span


def _tool(name: str, query: str, result: str) -> Span:
    span = Span(name=f"execute_tool {name}", kind=Span.SPAN_KIND_INTERNAL)
    span.attributes.extend(
        [
            _text("gen_ai.operation.name", "execute_tool"),
            _text("gen_ai.tool.name", name),
            _text("gen_ai.tool.call.arguments", msgspec.json.encode({"query": query}).decode()),
            _text("gen_ai.tool.call.result", result),
        ]
    )
    return span


def _said(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=60))


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _number(key: str, value: int) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(int_value=value))
