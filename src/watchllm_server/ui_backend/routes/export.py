"""Lists as files: traces or events of a range and a filter, streamed, with the columns that are wanted."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from watchllm_server.errors import BadRequest
from watchllm_server.model.filter import Node
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.model.times import to_rfc3339
from watchllm_server.stores.events.contract import EventQuery, TraceQuery
from watchllm_server.ui_backend.answers import EventRow, TraceRow
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.event_answers import event_row, stored_json
from watchllm_server.ui_backend.exporting import Export, Format, Place, ReadPage
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import Filter, From, TimeRange, To, read_range
from watchllm_server.ui_backend.reading import reading
from watchllm_server.ui_backend.score_answers import shown_scores
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1", tags=["export"])
_TYPES: Final[dict[Format, str]] = {"jsonl": "application/x-ndjson", "csv": "text/csv"}
Exporter = Annotated[ProjectAccess, Depends(allow("traces:export", produces=tuple(_TYPES.values())))]
What = Literal["traces", "events"]

# What an event has besides its row in the list; left out unless it is asked for.
_TEXTS: Final = ("input", "output")
_COLUMNS: Final[dict[What, tuple[str, ...]]] = {
    "traces": tuple(TraceRow.model_fields),
    "events": tuple(EventRow.model_fields),
}


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in _TYPES.values()}, "description": "The rows, newest first."}},
    summary="Export traces or events",
)
async def export_rows(
    request: Request,
    access: Exporter,
    what: What = "traces",
    format: Format = "jsonl",
    columns: Annotated[
        str | None,
        Query(description="Names between commas; all of the list unless given. Events also have `input`, `output`."),
    ] = None,
    from_: From = None,
    to: To = None,
    filter: Filter = None,
) -> StreamingResponse:
    """One row a line, the newest first.

    A file that was cut says so in its last line: `{"truncated": true, "rows": n}`, in CSV cells `# truncated: true`
    and `# rows: n`, with `error` when the rest could not be read. In CSV a text that a spreadsheet would compute has
    `'` before it.
    """
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    names = _columns_of(what, columns)
    node = None if filter is None else read_filter(filter, what)
    read = _pages(part, access.project_id, what, span, node, with_texts=not set(_TEXTS).isdisjoint(names))
    export = Export(read, names, format, most=part.settings.export_max_rows)
    await export.begin()
    asked = {"format": format, "from": to_rfc3339(span.from_us), "to": to_rfc3339(span.to_us), "columns": list(names)}
    await part.metadata.add_audit(audit_entry(request, access, "traces:export", what, "", after=asked))
    name = f"{what}-{to_rfc3339(span.to_us)[:10]}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if span.note is not None:
        headers["X-WatchLLM-Note"] = span.note
    return StreamingResponse(export.lines(), media_type=_TYPES[format], headers=headers)


def _columns_of(what: What, given: str | None) -> tuple[str, ...]:
    if given is None:
        return _COLUMNS[what]
    known = (*_COLUMNS[what], *(_TEXTS if what == "events" else ()))
    names = tuple(dict.fromkeys(given.split(",")))
    if not set(names) <= set(known):
        raise BadRequest(f"columns are names between commas, of: {', '.join(known)}", code="bad_parameter")
    return names


def _pages(
    part: Services, project_id: str, what: What, span: TimeRange, node: Node | None, *, with_texts: bool
) -> ReadPage:
    async def traces(after: Place, limit: int) -> tuple[list[dict[str, Any]], Place]:
        asked = TraceQuery(from_us=span.from_us, to_us=span.to_us, filter=node, limit=limit, after=after)
        with reading():
            page = await part.reader.list_traces(project_id, asked)
        return [{**row, "scores": shown_scores(row["scores"])} for row in page.rows], page.next_after

    async def events(after: Place, limit: int) -> tuple[list[dict[str, Any]], Place]:
        asked = EventQuery(from_us=span.from_us, to_us=span.to_us, filter=node, limit=limit, after=after)
        with reading():
            page = await part.reader.list_events(project_id, asked)
            keys = [(row["trace_id"], row["event_id"]) for row in page.rows]
            texts = await part.reader.read_texts(project_id, keys) if with_texts and keys else {}
        rows = [event_row(row) for row in page.rows]
        for key, row in zip(keys, rows, strict=True):
            for name, text in zip(_TEXTS, texts.get(key, ("", "")), strict=True):
                row[name] = stored_json(text)
        return rows, page.next_after

    return traces if what == "traces" else events
