"""Dead letters: listed, read, sent through the queue again, and discarded."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from watchllm_server.errors import BadRequest, NotFound
from watchllm_server.model.times import to_rfc3339
from watchllm_server.stores.events.contract import DeadLetter, LetterQuery, LetterState
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.cursors import Cursors
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import MAX_RANGE_US, Cursor, From, To, checked_id, read_range
from watchllm_server.ui_backend.reading import json_answer, page_answer, reading
from watchllm_server.ui_backend.replaying import MAX_LETTERS, Replayer
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"])
LettersReader = Annotated[ProjectAccess, Depends(allow("dead_letters:read"))]
LettersReplayer = Annotated[ProjectAccess, Depends(allow("dead_letters:replay"))]
LettersDiscarder = Annotated[ProjectAccess, Depends(allow("dead_letters:discard"))]

# Enough to see what is wrong with an event; a page then has at most 6.4 MiB of other people's texts.
SHOWN_BYTES: Final = 64 * 1024
MAX_PAGE: Final = 100

Code = Annotated[str | None, Query(max_length=64, description="Only letters with this code.")]


class Letter(BaseModel):
    """An event that could not be stored."""

    event_id: str
    code: str = Field(description="Why, as in the table of codes of single events.")
    message: str = Field(description="The words of what refused it.")
    state: LetterState
    ended_at: str | None = Field(description="When it was replayed, superseded or discarded; null in lists.")
    format: str = Field(description="The format of its body, such as `native.json`; empty when it has none.")
    is_replayable: bool = Field(description="Whether what was sent is kept in a form that can be replayed.")
    accepted_at: str
    dead_at: str
    content: str = Field(description="What was sent; in lists at most the first 64 KiB. Empty once it was discarded.")
    content_bytes: int = Field(description="Size of the whole content.")


class LetterList(BaseModel):
    """A page of dead letters, the newest first."""

    data: list[Letter]
    next_cursor: str | None
    from_: str = Field(alias="from")
    to: str
    note: str | None


class LetterFilter(BaseModel):
    """A code and a range of the time at which letters were made."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    code: str | None = Field(None, max_length=64)
    from_: str | None = Field(None, alias="from", max_length=64, description="RFC 3339; default 400 days before `to`.")
    to: str | None = Field(None, max_length=64, description="RFC 3339, exclusive; default now.")


class Selection(BaseModel):
    """Which kept letters: the ids of their events, or a filter; at most 1,000 of them in one call."""

    model_config = ConfigDict(extra="forbid")

    event_ids: list[str] | None = Field(None, max_length=MAX_LETTERS, description="Ids of events.")
    filter: LetterFilter | None = Field(None, description="Instead of ids; `{}` is all of the last 400 days.")


class Replays(BaseModel):
    """What became of the letters."""

    replayed: int = Field(description="In the queue again.")
    superseded: int = Field(description="A newer version of the event is stored; the letter is marked so.")
    unreadable: int = Field(description="Kept without a body that this version can read; they stay.")
    busy: int = Field(description="Still being worked on; ask again in a moment.")
    not_found: int = Field(description="Ids that are not those of kept letters.")
    has_more: bool = Field(description="Whether the same call would find more.")


class Discarded(BaseModel):
    """How many letters were discarded."""

    discarded: int
    not_found: int = Field(description="Ids that are not those of kept letters.")
    has_more: bool = Field(description="Whether the same call would find more.")


@router.get("", response_model=LetterList, summary="List dead letters")
async def list_dead_letters(
    request: Request,
    access: LettersReader,
    from_: From = None,
    to: To = None,
    code: Code = None,
    state: Annotated[LetterState, Query(description="`kept` ones wait to be replayed or discarded.")] = "kept",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows of one page.")] = 50,
    cursor: Cursor = None,
) -> Response:
    """Letters made in [`from`, `to`), the newest first, each with the beginning of its content."""
    part = services(request)
    query = {"code": code, "state": state}
    cursors = Cursors(part.signer, part.clock, project_id=access.project_id, route="dead_letters", query=query)
    span, after = cursors.open_page(cursor, from_, to)
    asked = LetterQuery(state=state, code=code, from_us=span.from_us, to_us=span.to_us, limit=limit, after=after)
    with reading():
        page = await part.letters.list_letters(access.project_id, asked, most_bytes=SHOWN_BYTES)
    return page_answer([_row(letter) for letter in page.letters], cursors.next(span, page.next_after), span)


@router.get("/{event_id}", response_model=Letter, summary="Read a dead letter")
async def get_dead_letter(request: Request, event_id: str, access: LettersReader) -> Response:
    """The letter of an event with its whole content, also after it was replayed or discarded."""
    with reading():
        letter = await services(request).letters.find_letter(access.project_id, checked_id(event_id))
    if letter is None:
        raise NotFound("there is no such object in this project")
    return json_answer(orjson.dumps(_row(letter)))


@router.post("/replay", response_model=Replays, summary="Replay dead letters")
async def replay_dead_letters(request: Request, access: LettersReplayer, selection: Selection) -> dict[str, Any]:
    """Send events through the queue again, under their ids: for after a repair. At most 1,000 in one call."""
    part = services(request)
    query = _query_of(part, selection)
    await _note(request, access, "dead_letters:replay", selection)
    with reading():
        done = await _replayer(part).replay(access.project_id, query)
    found = done.replayed + done.superseded + done.unreadable + done.busy
    return {
        "replayed": done.replayed,
        "superseded": done.superseded,
        "unreadable": done.unreadable,
        "busy": done.busy,
        "not_found": _missing(query, found),
        "has_more": done.has_more,
    }


@router.post("/discard", response_model=Discarded, summary="Discard dead letters")
async def discard_dead_letters(request: Request, access: LettersDiscarder, selection: Selection) -> dict[str, Any]:
    """Take letters out of those that are kept and forget their content. At most 1,000 in one call."""
    part = services(request)
    query = _query_of(part, selection)
    await _note(request, access, "dead_letters:discard", selection)
    with reading():
        count, has_more = await _replayer(part).discard(access.project_id, query)
    return {"discarded": count, "not_found": _missing(query, count), "has_more": has_more}


async def _note(request: Request, access: ProjectAccess, action: str, selection: Selection) -> None:
    """Write down who asked for what, before anything of it is done."""
    asked = selection.model_dump(by_alias=True, exclude_none=True)
    if "event_ids" in asked:
        asked["event_ids"] = len(asked["event_ids"])
    await services(request).metadata.add_audit(audit_entry(request, access, action, "dead_letters", "", after=asked))


def _replayer(part: Services) -> Replayer:
    return Replayer(part.letters, part.queue, part.formats)


def _query_of(part: Services, selection: Selection) -> LetterQuery:
    if (selection.event_ids is None) == (selection.filter is None):
        raise BadRequest("give either event_ids or filter", code="bad_parameter")
    if selection.filter is None:
        return LetterQuery(event_ids=list(dict.fromkeys(selection.event_ids or ())))
    given = selection.filter
    now_us = part.clock.now_us()
    span = read_range(given.from_, given.to, default_to_us=now_us, default_from_us=now_us - MAX_RANGE_US)
    return LetterQuery(code=given.code, from_us=span.from_us, to_us=span.to_us)


def _missing(query: LetterQuery, found: int) -> int:
    return 0 if query.event_ids is None else len(query.event_ids) - found


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "event_id": letter.event_id,
        "code": letter.code,
        "message": letter.message,
        "state": letter.state,
        "ended_at": None if letter.ended_at_us is None else to_rfc3339(letter.ended_at_us),
        "format": letter.format,
        "is_replayable": letter.is_replayable,
        "accepted_at": to_rfc3339(letter.accepted_at_us),
        "dead_at": to_rfc3339(letter.dead_at_us),
        "content": letter.content,
        "content_bytes": letter.content_bytes,
    }
