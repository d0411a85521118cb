"""Search over inputs and outputs, in any language, with the places where the text stands."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from watchllm_server.errors import BadRequest
from watchllm_server.model.filter import MAX_TEXT_BYTES
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.stores.events.contract.search import SearchQuery
from watchllm_server.ui_backend.answers import EventRow, Page
from watchllm_server.ui_backend.cursors import Cursors
from watchllm_server.ui_backend.event_answers import event_row
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.highlights import highlight
from watchllm_server.ui_backend.parameters import Cursor, Filter, From, Limit, To
from watchllm_server.ui_backend.reading import page_answer, reading
from watchllm_server.ui_backend.services import services

router = APIRouter(prefix="/api/v1", tags=["search"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]


class Highlight(BaseModel):
    """The first place of the text in one side of an event, with at most 120 characters around it."""

    field: Literal["input", "output"]
    before: str
    match: str
    after: str


class FoundEvent(EventRow):
    """One event that has the text."""

    highlights: list[Highlight] = Field(description="One for each side that has it.")


class FoundEvents(Page):
    """A page of events that have the text, the newest first."""

    data: list[FoundEvent]


@router.get("/search", response_model=FoundEvents, summary="Search inputs and outputs")
async def find_text(
    request: Request,
    access: Reader,
    q: Annotated[str, Query(description="What to find, as it is, in any case: 1 to 1,024 bytes.")],
    from_: From = None,
    to: To = None,
    limit: Limit = 50,
    filter: Filter = None,
    cursor: Cursor = None,
) -> Response:
    """Events that start in [`from`, `to`) and have the text in input or output, as it is."""
    _check(q)
    part = services(request)
    query = {"q": q, "filter": filter}
    cursors = Cursors(part.signer, part.clock, project_id=access.project_id, route="search", query=query)
    span, after = cursors.open_page(cursor, from_, to)
    asked = SearchQuery(
        text=q, from_us=span.from_us, to_us=span.to_us, limit=limit, after=after,
        filter=None if filter is None else read_filter(filter, "events"),
    )  # fmt: skip
    with reading():
        page = await part.search.find_text(access.project_id, asked)
    rows = [{**event_row(row), "highlights": [highlight(one) for one in found]} for row, found in page.rows]
    return page_answer(rows, cursors.next(span, page.next_after), span)


def _check(text: str) -> None:
    if not text.strip() or len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise BadRequest(f"q has 1 to {MAX_TEXT_BYTES} bytes, and not only spaces", code="bad_parameter")
