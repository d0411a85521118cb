"""Any span: what OpenTelemetry's general conventions say of sessions, users, releases and exceptions."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.event import Event

_NONE: Final = frozenset[str]()
_USER_KEYS: Final = ("user.id", "enduser.id")


class PlainSpan:
    """Takes every span; maps what needs no knowledge of an emitter."""

    name = "otel"

    def claims(self, span: Span) -> bool:
        return True

    def map(self, span: Span, event: Event) -> frozenset[str]:
        map_common(span, event)
        return _NONE


def map_common(span: Span, event: Event) -> None:
    """Fill what every dialect shares."""
    attributes, resource = span.attributes, span.resource.attributes
    # Of the resource where a process serves one session or end user and is set up by its environment alone.
    event.session_id = (
        first_text(attributes, "session.id", "gen_ai.conversation.id") or first_text(resource, "session.id")
    )[:256]
    event.user_id = (first_text(attributes, *_USER_KEYS) or first_text(resource, *_USER_KEYS))[:256]
    event.environment = (
        first_text(attributes, "deployment.environment.name", "deployment.environment")
        or first_text(resource, "deployment.environment.name", "deployment.environment")
    )[:64]
    event.release = first_text(resource, "service.version")[:64]
    tags = attributes.get("tag.tags") or attributes.get("tags")
    if isinstance(tags, list):
        event.tags = [str(tag)[:256] for tag in tags[:50]]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    _map_exception(span, event)


def _map_exception(span: Span, event: Event) -> None:
    for happened in span.events:
        if happened.name == "exception":
            message = first_text(happened.attributes, "exception.message", "exception.type")
            event.status_message = event.status_message or message
    if event.status == "error" and not event.status_message:
        event.status_message = first_text(span.attributes, "error.type")


def first_text(attributes: dict[str, Any], *keys: str) -> str:
    """Return the first of the attributes that is a text and not empty, or a number as text."""
    for key in keys:
        if key not in attributes:
            continue
        value = attributes[key]
        if isinstance(value, str):
            if value:
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""
