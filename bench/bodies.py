"""OTLP request bodies made before the clock runs: 100 spans of about 2 KB, in traces of 12 whose root comes last.

A body is a template: only the first bytes of its trace ids change between rounds, so that sending costs nothing
and still no id is sent twice. Nothing is compressed and nothing is repeated within a round.
"""

from __future__ import annotations

import random
import struct
from typing import Final

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

SPANS_PER_BODY: Final = 100
SPANS_PER_TRACE: Final = 12
# With names, ids, tokens and the like this makes about 2 KB of a span.
TEXT_BYTES: Final = 700
_VOCABULARY: Final = 8_000
_ROUND: Final = struct.Struct(">I")
_NS_PER_US: Final = 1_000


class Template(msgspec.Struct, frozen=True):
    """One body and where its trace ids begin; the first four bytes of each are the round."""

    body: bytes
    trace_id_offsets: tuple[int, ...]

    def of_round(self, number: int) -> bytes:
        """Return the body with the ids of one round."""
        patched = bytearray(self.body)
        for offset in self.trace_id_offsets:
            _ROUND.pack_into(patched, offset, number)
        return bytes(patched)

    def trace_id(self, number: int) -> str:
        """Return the trace id of the body's first span in a round, as hex digits."""
        at = self.trace_id_offsets[0]
        return (_ROUND.pack(number) + self.body[at + _ROUND.size : at + 16]).hex()


def make_templates(count: int, *, seed: int, now_us: int, spans_per_body: int = SPANS_PER_BODY) -> list[Template]:
    """Return `count` bodies of spans that ended within the hour before `now_us`."""
    chance = random.Random(seed)
    words = _Words(chance)
    spans: list[Span] = []
    templates: list[Template] = []
    while len(templates) < count:
        spans.extend(_trace(chance, words, now_us))
        while len(spans) >= spans_per_body and len(templates) < count:
            templates.append(_template(spans[:spans_per_body]))
            del spans[:spans_per_body]
    return templates


def _template(spans: list[Span]) -> Template:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend(
        [
            _text("service.name", "bench-agent"),
            _text("service.version", "1.4.2"),
            _text("deployment.environment.name", "production"),
        ]
    )
    scope = resource.scope_spans.add()
    scope.scope.name = "opentelemetry.instrumentation.genai.openai"
    scope.spans.extend(spans)
    body = request.SerializeToString()
    offsets = {at for span in spans for at in _find_all(body, span.trace_id)}
    if len(offsets) != len(spans):
        raise ValueError("a trace id occurs outside its field")
    return Template(body, tuple(sorted(offsets)))


def _find_all(body: bytes, needle: bytes) -> list[int]:
    found: list[int] = []
    at = body.find(needle)
    while at >= 0:
        found.append(at)
        at = body.find(needle, at + 1)
    return found


def _trace(chance: random.Random, words: _Words, now_us: int) -> list[Span]:
    """Return one agent run, its children first, as exporters send them."""
    trace_id = _ROUND.pack(0) + chance.randbytes(12)
    root_id = chance.randbytes(8)
    # Half an hour back at most: rounds of one run share the partition and the hours that a busy server has.
    at_us = now_us - chance.randint(0, 1_800_000_000)
    session, person = f"session-{chance.randint(1, 500)}", f"user-{chance.randint(1, 2_000)}"
    spans: list[Span] = []
    started_us = at_us
    for place in range(SPANS_PER_TRACE - 1):
        span = _child(chance, words, place)
        span.parent_span_id = root_id
        at_us = _stamp(span, chance, at_us)
        spans.append(span)
    root = Span(name="invoke_agent support", kind=Span.SPAN_KIND_INTERNAL, span_id=root_id)
    root.attributes.extend(
        [_text("gen_ai.operation.name", "invoke_agent"), _text("gen_ai.agent.name", "support"), *_talk(words)]
    )
    root.start_time_unix_nano = started_us * _NS_PER_US
    root.end_time_unix_nano = at_us * _NS_PER_US
    spans.append(root)
    for span in spans:
        span.trace_id = trace_id
        span.attributes.extend([_text("session.id", session), _text("user.id", person)])
    return spans


def _stamp(span: Span, chance: random.Random, at_us: int) -> int:
    span.span_id = chance.randbytes(8)
    span.start_time_unix_nano = at_us * _NS_PER_US
    at_us += chance.randint(2_000, 900_000)
    span.end_time_unix_nano = at_us * _NS_PER_US
    if chance.random() < 0.03:
        span.status.code = Status.STATUS_CODE_ERROR
        span.status.message = "upstream timeout after 5000 ms"
    return at_us


def _child(chance: random.Random, words: _Words, place: int) -> Span:
    if place % 3 == 2:
        tool = chance.choice(("search_orders", "get_weather", "run_query"))
        span = Span(name=f"execute_tool {tool}", kind=Span.SPAN_KIND_INTERNAL)
        arguments = msgspec.json.encode({"query": words.text()}).decode()
        span.attributes.extend(
            [
                _text("gen_ai.operation.name", "execute_tool"),
                _text("gen_ai.tool.name", tool),
                _text("gen_ai.tool.call.arguments", arguments),
                _text("gen_ai.tool.call.result", words.text()),
            ]
        )
        return span
    model = chance.choice(("gpt-4o-mini", "gpt-4o", "gpt-4.1"))
    span = Span(name=f"chat {model}", kind=Span.SPAN_KIND_CLIENT)
    span.attributes.extend(
        [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.provider.name", "openai"),
            _text("gen_ai.request.model", model),
            _text("gen_ai.response.model", model),
            _text("gen_ai.response.id", f"chatcmpl-{chance.getrandbits(64):016x}"),
            _number("gen_ai.usage.input_tokens", chance.randint(200, 6_000)),
            _number("gen_ai.usage.output_tokens", chance.randint(20, 900)),
            _number("gen_ai.usage.cache_read.input_tokens", chance.randint(0, 200)),
            *_talk(words),
        ]
    )
    return span


def _talk(words: _Words) -> list[KeyValue]:
    asked = [{"role": "user", "parts": [{"type": "text", "content": words.text()}]}]
    said = [{"role": "assistant", "parts": [{"type": "text", "content": words.text()}], "finish_reason": "stop"}]
    return [
        _text("gen_ai.input.messages", msgspec.json.encode(asked).decode()),
        _text("gen_ai.output.messages", msgspec.json.encode(said).decode()),
    ]


class _Words:
    """Texts of words whose frequencies follow Zipf's law, as a language's do, so that they compress like text."""

    def __init__(self, chance: random.Random) -> None:
        letters = "etaoinshrdlucmfw"
        vocabulary = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(_VOCABULARY)]
        weights = [1 / rank for rank in range(1, _VOCABULARY + 1)]
        picked = chance.choices(vocabulary, weights=weights, k=400_000)
        self._all = " ".join(picked)
        self._chance = chance

    def text(self) -> str:
        """Return about TEXT_BYTES bytes, cut at a random place of a long text."""
        start = self._chance.randrange(len(self._all) - TEXT_BYTES)
        return self._all[start : start + TEXT_BYTES]


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _number(key: str, value: int) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(int_value=value))
