"""What an id means: every field of the event with that index, as a pure function of a seed.

Index n is event n % 12 of trace n // 12. A request carries a range of indices, so traces straddle requests,
formats and kills. It knows nothing of wire formats or of what happened to a request.
"""

from __future__ import annotations

import hashlib
import random
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

Kind = Literal["agent", "chat", "tool", "retrieval", "step", "note"]

# An agent run as it usually is: one root, four model calls, three tools, one retrieval, three other things.
KINDS: Final[tuple[Kind, ...]] = (
    "agent", "chat", "tool", "retrieval", "chat", "tool", "step", "chat", "tool", "step", "chat", "note",
)  # fmt: skip
EVENTS_PER_TRACE: Final = len(KINDS)

# Dollars per token (input, output), copied from the provider's price list; None: a model that nobody sells.
PRICES: Final[dict[str, tuple[Decimal, Decimal] | None]] = {
    "gpt-4o-mini": (Decimal("0.00000015"), Decimal("0.0000006")),
    "gpt-4o": (Decimal("0.0000025"), Decimal("0.00001")),
    "house-model-1": None,
}
_MODELS: Final = tuple(PRICES)
_WORDS: Final = (
    "order", "refund", "invoice", "parcel", "café", "delivery", "customer", "agent",
    "answer", "policy", "naïve", "ticket", "price", "漢字", "✓", "week",
)  # fmt: skip
_TOOLS: Final = ("search_orders", "get_weather", "run_query", "send_mail")

STEP_US: Final = 1_000  # one event starts every millisecond
_TEXT_BYTES: Final = 400
# One event of this many carries a long text, as prompts with documents do.
_LONG_EVERY: Final = 211
_LONG_TEXT_BYTES: Final = 60_000


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it must come back. Times are microseconds since 1970."""

    index: int
    event_id: str
    trace_id: str
    span_id: str
    parent_event_id: str
    parent_span_id: str
    kind: Kind
    name: str
    start_us: int
    duration_us: int
    input_text: str
    output_text: str
    session_id: str
    user_id: str
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None


class Content:
    """All events of one run of the oracle: `seed` and `start_us` determine every byte."""

    def __init__(self, seed: int, start_us: int) -> None:
        self.seed = seed
        self.start_us = start_us
        # Texts are cut from one long text, so that making them costs less than sending them.
        self._words = _long_text(seed)

    def trace_id(self, trace: int) -> str:
        """Return 32 hex digits, as OTLP wants."""
        return self._digest("trace", trace)[:32]

    def span_id(self, index: int) -> str:
        """Return 16 hex digits, as OTLP wants."""
        return self._digest("span", index)[:16]

    def event_id(self, index: int) -> str:
        """Return trace id and span id: the identity that an OTLP span gets, used for native events alike."""
        return self.trace_id(index // EVENTS_PER_TRACE) + self.span_id(index)

    def event(self, index: int) -> Expected:
        """Return the event with this index."""
        trace, place = divmod(index, EVENTS_PER_TRACE)
        root = index - place
        digits = self._digest("event", index)
        number = int(digits[:12], 16)
        kind = KINDS[place]
        trace_id, span_id = self.trace_id(trace), self.span_id(index)
        parent_span_id = "" if place == 0 else self.span_id(root)
        size = _LONG_TEXT_BYTES if number % _LONG_EVERY == 0 else _TEXT_BYTES
        usage = _usage_of(number) if kind == "chat" else {}
        return Expected(
            index=index,
            event_id=trace_id + span_id,
            trace_id=trace_id,
            span_id=span_id,
            parent_event_id=trace_id + parent_span_id if parent_span_id else "",
            parent_span_id=parent_span_id,
            kind=kind,
            name=_name_of(kind, number),
            start_us=self.start_us + index * STEP_US,
            duration_us=1_000 * (1 + number % 3_000),
            input_text=self._text(index, "in", number, size),
            output_text=self._text(index, "out", number // 7, size),
            session_id=f"session-{trace % 50}",
            user_id=f"user-{trace % 300}",
            **usage,
        )

    def _digest(self, what: str, number: int) -> str:
        return hashlib.blake2b(f"{self.seed}/{what}/{number}".encode(), digest_size=16).hexdigest()

    def _text(self, index: int, side: str, number: int, size: int) -> str:
        start = number % (len(self._words) - size)
        return f"oracle {self.span_id(index)} {side} {self._words[start : start + size].strip()} end"


def _usage_of(number: int) -> dict[str, Any]:
    model = _MODELS[number % len(_MODELS)]
    input_tokens, output_tokens = 20 + number % 4_000, 1 + number % 700
    price = PRICES[model]
    cost = None if price is None else price[0] * input_tokens + price[1] * output_tokens
    return {"model": model, "input_tokens": input_tokens, "output_tokens": output_tokens, "cost_usd": cost}


def _name_of(kind: Kind, number: int) -> str:
    return {
        "agent": "Support agent",
        "chat": f"chat {_MODELS[number % len(_MODELS)]}",
        "tool": _TOOLS[number % len(_TOOLS)],
        "retrieval": "handbook",
        "step": "prepare answer",
        "note": "checkpoint",
    }[kind]


def _long_text(seed: int) -> str:
    picked = random.Random(seed).choices(_WORDS, k=40_000)
    return " ".join(picked)
