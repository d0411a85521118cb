"""The Model Context Protocol: of its methods only `tools/call` calls a tool; the others are plain spans."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import Side, fill, fill_content, fill_type
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event

_CALL: Final = "tools/call"
_PLACES: Final[tuple[tuple[Side, tuple[str, ...]], ...]] = (
    ("input", ("gen_ai.tool.call.arguments", "mcp.request.argument", "mcp.request.arguments")),
    ("output", ("gen_ai.tool.call.result", "mcp.response.value", "mcp.tool.result")),
)


class Mcp:
    """Implements `SpanMapper`."""

    name = "mcp"
    signs = Signs(
        markers=frozenset({"mcp.method.name"}),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        if first_text(attributes, "mcp.method.name") != _CALL:
            # A name of a tool or prompt beside another method is only what it is about.
            fill_type(span, event, "span")
            return set()
        fill_type(span, event, "tool_call")
        name = first_text(attributes, "gen_ai.tool.name", "mcp.tool.name", "mcp.request.name")
        fill(event, tool_name=name or span.name.rpartition(f"{_CALL} ")[2])
        used: set[str] = set()
        for side, keys in _PLACES:
            used |= {key for key in keys if fill_content(event, side, attributes.get(key))}
        return used
