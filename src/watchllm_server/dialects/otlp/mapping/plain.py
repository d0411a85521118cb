"""Any span: what OpenTelemetry's general conventions say of sessions, users, releases and exceptions."""

from __future__ import annotations

from typing import Final

from watchllm_server.dialects.otlp.span import ENVIRONMENT_KEYS, USER_KEYS, Span, first_text
from watchllm_server.model.event import Event

_SESSION_KEYS: Final = ("session.id", "gen_ai.conversation.id")


def map_common(span: Span, event: Event) -> None:
    """Fill what needs no knowledge of an emitter; the mappers of the dialects come after."""
    attributes = span.attributes
    event.session_id = first_text(attributes, *_SESSION_KEYS)[:256]
    event.user_id = first_text(attributes, *USER_KEYS)[:256]
    event.environment = first_text(attributes, *ENVIRONMENT_KEYS)[:64]
    tags = attributes.get("tag.tags") or attributes.get("tags")
    if isinstance(tags, list):
        event.tags = [str(tag)[:256] for tag in tags[:50]]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    _map_exception(span, event)


def map_resource(span: Span, event: Event) -> None:
    """Fill from the resource what no dialect found on the span itself."""
    # Where a process serves one session or end user and is set up by its environment alone.
    session_id, user_id, environment, release = span.resource.defaults
    event.session_id = event.session_id or session_id
    event.user_id = event.user_id or user_id
    event.environment = event.environment or environment
    event.release = event.release or release


def _map_exception(span: Span, event: Event) -> None:
    for happened in span.events:
        if happened.name == "exception":
            message = first_text(happened.attributes, "exception.message", "exception.type")
            event.status_message = event.status_message or message
    if event.status == "error" and not event.status_message:
        event.status_message = first_text(span.attributes, "error.type")
