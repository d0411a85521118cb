"""Finds text in the inputs and outputs of events: the newest part of the range first, so that a page comes soon."""

from __future__ import annotations

from typing import Any, Final, Literal

from watchllm_server.model.filter import And, Condition
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import EventQuery
from watchllm_server.stores.events.contract.search import Found, SearchPage, SearchQuery
from watchllm_server.stores.events.filters import Fragment, needles_of
from watchllm_server.stores.events.reader import ClickHouseReader

# As much as a line of a result has room for, on each side of the match.
AROUND_CHARS: Final = 120
_SIDES: Final[tuple[Literal["input", "output"], ...]] = ("input", "output")


class ClickHouseSearch:
    """Implements `contract.search.SearchReader`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._reader = ClickHouseReader(client)

    async def find_text(self, project_id: str, query: SearchQuery) -> SearchPage:
        has_text = Condition("text", "contains", query.text)
        asked = EventQuery(
            from_us=query.from_us,
            to_us=query.to_us,
            filter=has_text if query.filter is None else And((query.filter, has_text)),
            limit=query.limit,
            after=query.after,
        )
        page = await self._reader.list_events(project_id, asked)
        found = await self._places(project_id, query.text, page.rows)
        rows = [(row, found.get((row["trace_id"], row["event_id"]), [])) for row in page.rows]
        return SearchPage(rows=rows, next_after=page.next_after)

    async def _places(
        self, project_id: str, text: str, rows: list[dict[str, Any]]
    ) -> dict[tuple[str, str], list[Found]]:
        """Return where the text stands in each of these events: in a read of their keys alone."""
        found: dict[tuple[str, str], list[Found]] = {}
        if not rows:
            return found
        statement = _places_statement(project_id, text, [(row["trace_id"], row["event_id"]) for row in rows])
        for row in await self._client.read_rows(statement.sql, statement.parameters):
            places = [
                Found(side, *(row[f"{side}_{piece}"] for piece in ("before", "match", "after")))
                for side in _SIDES
                if row[f"{side}_match"]
            ]
            found[row["trace_id"], row["event_id"]] = places
        return found


def _places_statement(project_id: str, text: str, keys: list[tuple[str, str]]) -> Fragment:
    parameters: dict[str, Any] = {
        "project": project_id,
        "traces": [trace_id for trace_id, _ in keys],
        "events": [event_id for _, event_id in keys],
        "around": AROUND_CHARS,
    }
    pieces = ", ".join(_pieces(side, text, parameters) for side in _SIDES)
    return Fragment(
        f"""SELECT trace_id, event_id, {pieces}
FROM events FINAL
PREWHERE project_id = {{project:String}}
    AND (trace_id, event_id) IN arrayZip({{traces:Array(String)}}, {{events:Array(String)}})""",
        parameters,
    )


def _pieces(side: str, text: str, parameters: dict[str, Any]) -> str:
    """Return the text as it stands there and what stands around it; all empty where it does not stand."""
    at, size = "0", "0"
    # The first way of writing it that is there; the last one asked stands outermost.
    for number, needle in reversed(list(enumerate(needles_of(text)))):
        name = f"needle{number}"
        parameters[name] = needle
        place = f"positionCaseInsensitiveUTF8({side}, {{{name}:String}})"
        at = f"if({place} > 0, {place}, {at})"
        size = f"if({place} > 0, {len(needle)}, {size})"
    begin = f"greatest(toInt64({side}_at) - {{around:Int64}}, 1)"
    return f"""toInt64({at}) AS {side}_at, toInt64({size}) AS {side}_size,
    if({side}_at = 0, '', substringUTF8({side}, {begin}, {side}_at - {begin})) AS {side}_before,
    if({side}_at = 0, '', substringUTF8({side}, {side}_at, {side}_size)) AS {side}_match,
    if({side}_at = 0, '', substringUTF8({side}, {side}_at + {side}_size, {{around:Int64}})) AS {side}_after"""
