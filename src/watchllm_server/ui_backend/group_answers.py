"""The shapes of sessions, end users and scores, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel, Field

from watchllm_server.ui_backend.answers import Money, Page


class _Sums(BaseModel):
    trace_count: int
    event_count: int
    error_count: int
    total_tokens: int
    total_cost_usd: Money = Field(description="Decimal; null when nothing in its traces could be priced.")
    models: list[str] = Field(description="At most 20.")


class SessionRow(_Sums):
    """The traces of one conversation, as far as they were running in the range."""

    session_id: str
    start_time: str
    end_time: str
    user_ids: list[str] = Field(description="At most 20.")
    first_input_preview: str
    last_output_preview: str


class SessionList(Page):
    """A page of sessions."""

    data: list[SessionRow]


class EndUserRow(_Sums):
    """The traces of one end user, as far as they were running in the range."""

    user_id: str
    first_seen: str
    last_seen: str
    session_count: int


class EndUserList(Page):
    """A page of end users."""

    data: list[EndUserRow]


class Score(BaseModel):
    """A judgement on a trace, or on one of its events."""

    event_id: str
    target_event_id: str | None = Field(description="The event that is judged; null: the trace as a whole.")
    name: str
    value: float | None
    label: str | None
    comment: str | None
    source: str = Field(description="Who judged, as the sender says it, or the dialect that it came in.")
    start_time: str


class Scores(BaseModel):
    """The judgements on a trace and its events, in order of time."""

    data: list[Score]
