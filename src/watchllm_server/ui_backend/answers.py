"""The shapes of the answers about traces and events, for the OpenAPI document; rows are never checked against them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Status = Literal["ok", "error", "running", "lost"]
Money = str | None


class ErrorDetail(BaseModel, extra="allow"):
    """What went wrong; some codes come with more fields."""

    code: str
    message: str


class Error(BaseModel):
    """The answer of every refused request."""

    error: ErrorDetail


class TraceRow(BaseModel):
    """One trace in a list."""

    trace_id: str
    name: str
    start_time: str
    end_time: str
    duration_ms: float
    status: Status
    event_count: int
    error_count: int
    model_call_count: int
    total_tokens: int
    total_cost_usd: Money = Field(description="Decimal; null when nothing in the trace could be priced.")
    session_id: str
    user_id: str
    models: list[str]
    tags: list[str]
    environment: str
    release: str
    input_preview: str
    output_preview: str
    scores: dict[str, float | str] = Field(description="The latest judgements on the trace, at most ten by name.")


class Page(BaseModel):
    """What every page has besides its rows."""

    next_cursor: str | None
    from_: str = Field(alias="from")
    to: str
    note: str | None = Field(description="What was changed about what was asked for, such as a range that was cut.")


class TraceList(Page):
    """A page of traces."""

    data: list[TraceRow]


class TraceMetadata(BaseModel):
    """What the events of a trace say about it as a whole."""

    session_id: str
    user_id: str
    environment: str
    release: str
    tags: list[str]
    models: list[str]
    model_call_count: int
    input_tokens: int
    output_tokens: int
    unpriced_count: int = Field(description="Model calls whose cost is unknown and so missing in the total.")


class TraceHeader(BaseModel):
    """A trace without its events."""

    trace_id: str
    project_id: str
    name: str
    start_time: str
    end_time: str
    duration_ms: float
    status: Status
    event_count: int
    error_count: int
    total_tokens: int
    total_cost_usd: Money
    metadata: TraceMetadata


class TreeEvent(BaseModel):
    """One event in the tree of its trace."""

    event_id: str
    parent_event_id: str | None
    type: str
    name: str
    start_time: str
    duration_ms: float | None
    status: Status
    model: str
    usage: dict[str, int]
    cost_usd: Money
    parent_missing: bool
    child_count: int
    children: list[TreeEvent]
    children_cursor: str | None = Field(None, description="Present when not all children are shown.")


class NestedTrace(TraceHeader):
    """A trace with its events inside one another."""

    shape: Literal["nested"]
    root_events: list[TreeEvent]


class TraceColumnsAnswer(BaseModel):
    """The events of a trace in pre-order, one list a field; the n-th entries are one event."""

    event_id: list[str]
    parent_event_id: list[str | None]
    type: list[str]
    name: list[str]
    start_time: list[str]
    duration_ms: list[float | None]
    status: list[Status]
    model: list[str]
    input_tokens: list[int]
    output_tokens: list[int]
    cost_usd: list[Money]
    depth: list[int]
    child_count: list[int]
    parent_missing: list[bool]
    agent_name: list[str]
    tool_name: list[str]
    step_index: list[int | None]


class FlatTrace(TraceHeader):
    """A trace with its events as columns; also the answer for one nested too deeply to be nested in JSON."""

    shape: Literal["flat"]
    columns: TraceColumnsAnswer


class CodedColumn(BaseModel):
    """A column of texts: each different one once, and for every event its place among them."""

    values: list[str]
    codes: list[int]


class EventIds(BaseModel):
    """The ids of the events: what all of them begin with, and how each one goes on."""

    prefix: str
    rest: str = Field(description="With a line feed between one and the next, which no id has.")


class MissingParents(BaseModel):
    """The events whose parent has not come, by row, and the ids of those parents."""

    rows: list[int]
    ids: list[str]


class CompactColumns(BaseModel):
    """The events of a trace in order of start, then id, as columns made to be small; the n-th entries are one event."""

    event_id: EventIds
    parent: list[int] = Field(description="The row of the parent, -1 at top level; cycles are cut.")
    missing_parents: MissingParents
    type: CodedColumn
    name: CodedColumn
    status: CodedColumn
    model: CodedColumn
    agent_name: CodedColumn
    tool_name: CodedColumn
    origin: str = Field(description="The earliest start, RFC 3339.")
    start_us: list[int] = Field(description="Microseconds after `origin`.")
    duration_us: list[int] = Field(description="Microseconds; -1 without an end.")
    input_tokens: list[int]
    output_tokens: list[int]
    cost_usd: CodedColumn = Field(description="Decimals; the code is -1 for an event without a cost.")
    step_index: list[int | None] = Field(description="Empty when no event has one.")
    uncounted: list[int] = Field(description="The rows whose usage and cost are not in the totals of the trace.")


class ColumnsTrace(TraceHeader):
    """A trace of any size for the web app, which makes the tree itself."""

    shape: Literal["columns"]
    columns: CompactColumns


class ChildrenPage(BaseModel):
    """A range of one event's children, in order of start."""

    data: list[TreeEvent]
    next_cursor: str | None


class EventRow(BaseModel):
    """One event in a list; without its texts."""

    event_id: str
    trace_id: str
    parent_event_id: str | None
    type: str
    name: str
    start_time: str
    end_time: str | None
    duration_ms: float | None
    status: Status
    status_message: str
    session_id: str
    user_id: str
    environment: str
    release: str
    tags: list[str]
    model: str
    provider: str
    usage: dict[str, int]
    cost_usd: Money
    cost_status: str
    agent_name: str
    step_index: int | None
    tool_name: str
    prompt_name: str
    prompt_version: str
    input_preview: str
    output_preview: str


class EventList(Page):
    """A page of events."""

    data: list[EventRow]


class Sdk(BaseModel):
    """What sent the event."""

    name: str
    version: str


class EventAnswer(BaseModel):
    """One whole event."""

    event_id: str
    trace_id: str
    parent_event_id: str | None
    type: str
    name: str
    start_time: str
    end_time: str | None
    duration_ms: float | None
    status: Status
    status_message: str
    session_id: str
    user_id: str
    environment: str
    release: str
    tags: list[str]
    model: str
    model_requested: str
    provider: str
    usage: dict[str, int]
    first_token_ms: float | None = Field(description="From the start to the first piece of the answer.")
    cost_usd: Money
    cost_breakdown: dict[str, str]
    cost_status: str
    counted: bool = Field(description="Whether its usage and cost are in the totals of its trace.")
    counted_reason: str | None = Field(description="Why not, when it is not counted.")
    price_revision: str
    reported_cost_usd: Money
    agent_name: str
    step_index: int | None
    tool_name: str
    prompt_name: str
    prompt_version: str
    input: Any
    output: Any
    messages: list[Any] | None = Field(description="The input of a model call as canonical messages.")
    output_messages: list[Any] | None
    attributes: dict[str, str]
    raw: Any = Field(description="The event as it was sent; null when its attributes are kept instead.")
    accepted_at: str
    stored_at: str
    sdk: Sdk
    dialect: str
    notes: list[str]
