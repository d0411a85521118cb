"""What a mapper promises: it knows the names of one family of emitters and fills the event from them."""

from __future__ import annotations

from typing import Protocol

from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.event import Event


class SpanMapper(Protocol):
    """One module per emitter; the first in the order of the registry that claims a span maps it."""

    name: str

    def claims(self, span: Span) -> bool:
        """Tell whether the span speaks this dialect; cheap, it is asked for every span."""
        ...

    def map(self, span: Span, event: Event) -> frozenset[str]:
        """Fill the event and return the attributes that are now in `input`, `output` or `messages`.

        Every other attribute is kept by the caller, so a mapper that misses one loses nothing.
        """
        ...
