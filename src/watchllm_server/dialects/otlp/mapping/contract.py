"""What a mapper promises: it knows the names of one family of emitters and fills the event from them."""

from __future__ import annotations

from typing import Protocol

import msgspec

from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.event import Event


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """How a dialect is known: any of these attributes or scopes, on a span whose name begins so."""

    markers: frozenset[str]
    scopes: frozenset[str] = frozenset()
    name_prefix: str = ""

    def are_on(self, span: Span) -> bool:
        """Tell whether the span speaks the dialect."""
        is_marked = not self.markers.isdisjoint(span.attributes) or span.resource.scope_name in self.scopes
        return is_marked and span.name.startswith(self.name_prefix)


class SpanMapper(Protocol):
    """One module per emitter.

    A span may speak several dialects at once: every mapper that claims it maps it, the newest convention first,
    and each fills only what those before it left empty.
    """

    name: str
    signs: Signs

    def map(self, span: Span, event: Event) -> set[str]:
        """Fill the event and return the attributes that are now in `input` or `output`.

        Every other attribute is kept by the caller, so a mapper that misses one loses nothing. MAY raise what
        odd values of attributes make it raise; what it filled until then stays.
        """
        ...
