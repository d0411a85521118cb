"""The event: one fact sent by an application, in the one form that every dialect is mapped to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

EventType = Literal[
    "log", "error", "span", "token_usage", "message", "model_response",
    "agent_action", "tool_call", "retrieval", "eval_metric", "custom",
]  # fmt: skip
EVENT_TYPES: Final = frozenset(EventType.__args__)  # pyright: ignore[reportAttributeAccessIssue]

# "" means that the sender did not say; it reads as ok, but lets a trace's root be told from silence.
EventStatus = Literal["", "ok", "error", "running", "lost"]

# The kinds of units of a model call. Input counts cached tokens, output counts reasoning.
USAGE_KINDS: Final = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "cache_write_5m_tokens", "cache_write_1h_tokens", "reasoning_tokens",
    "input_audio_tokens", "output_audio_tokens", "cache_audio_read_tokens",
)  # fmt: skip

# Event times outside are refused: before 2000 is a unit error (s, ms or ns mixed up).
MIN_TIME_US: Final = 946_684_800 * 1_000_000
# A sender's clock may be wrong by a day; further ahead is a unit error too.
MAX_AHEAD_US: Final = 24 * 3_600 * 1_000_000

# Long enough for a first line in a list, short enough that lists never read text columns.
PREVIEW_CHARS: Final = 200


class Event(msgspec.Struct, kw_only=True, gc=False):
    """One row of the event store before the store's own stamps.

    Times are microseconds since 1970 (UTC). `input` and `output` are JSON text; for a `model_response`
    they hold the canonical list of messages (`model/messages.py`). `version` orders the acceptances of
    one (`project_id`, `event_id`): the highest is the event.
    """

    project_id: str
    event_id: str
    trace_id: str
    type: EventType
    version: int
    accepted_at_us: int
    start_us: int
    parent_event_id: str = ""
    end_us: int | None = None
    name: str = ""
    status: EventStatus = ""
    status_message: str = ""
    session_id: str = ""
    user_id: str = ""
    environment: str = ""
    release: str = ""
    tags: list[str] = msgspec.field(default_factory=list[str])
    model: str = ""
    model_requested: str = ""
    provider: str = ""
    response_id: str = ""
    # From the start to the first piece of the answer.
    first_token_us: int | None = None
    usage: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    cost_usd: Decimal | None = None
    cost_breakdown: dict[str, Decimal] = msgspec.field(default_factory=dict[str, Decimal])
    # "" not a priced event; "priced"; "unpriced:<why>" such as unpriced:unknown_model
    cost_status: str = ""
    price_revision: str = ""
    reported_cost_usd: Decimal | None = None
    prompt_name: str = ""
    prompt_version: str = ""
    agent_name: str = ""
    step_index: int | None = None
    tool_name: str = ""
    input: str = ""
    output: str = ""
    input_preview: str = ""
    output_preview: str = ""
    attributes: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    # The native event as it was sent (JSON); empty for OTLP, whose attributes are kept instead.
    raw: str = ""
    sdk_name: str = ""
    sdk_version: str = ""
    # The dialect that read it, such as `native` or `otel_genai`.
    dialect: str = ""
    # What was changed or is odd, such as clock_problem or truncated:input.
    notes: list[str] = msgspec.field(default_factory=list[str])


class Rejection(msgspec.Struct, frozen=True):
    """Why one event of a request is refused; `index` is its place in the request."""

    index: int
    event_id: str
    code: str
    message: str
    path: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the element of `errors` in a 422 answer."""
        shown: dict[str, Any] = {"index": self.index, "event_id": self.event_id or None, "code": self.code}
        if self.path:
            shown["path"] = self.path
        shown["message"] = self.message
        return shown


class UnreadableEvent(msgspec.Struct, frozen=True):
    """An accepted event that cannot become a row; it goes to the dead letters with this reason."""

    project_id: str
    event_id: str
    version: int
    accepted_at_us: int
    code: str
    message: str
    # The event's own bytes as JSON text, or the closest that can be had.
    content: str
    # What a replay needs: the format, and a body that it reads as this event. "" when there is none.
    format: str = ""
    body: bytes = b""
    # The ids of all events of `body` in order, when this event could not be taken out of it.
    body_event_ids: tuple[str, ...] = ()


def preview(text: str) -> str:
    """Return the first line of a text for lists: one line, at most `PREVIEW_CHARS` characters."""
    head = text[: PREVIEW_CHARS * 4].replace("\n", " ").replace("\r", " ").strip()
    return head if len(head) <= PREVIEW_CHARS else head[: PREVIEW_CHARS - 1] + "…"
