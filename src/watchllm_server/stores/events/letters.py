"""The dead letters on ClickHouse: listed, read, and ended; nothing here ever deletes one."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from watchllm_server.stores.events import letter_queries, rows
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import (
    DeadLetter,
    LetterBody,
    LetterEnd,
    LetterKey,
    LetterPage,
    LetterQuery,
)

# Event ids have at most 256 bytes: percent-encoded, so many fit into the longest URL that servers take (1 MiB).
_LETTERS_PER_STATEMENT: Final = 500


class ClickHouseLetters:
    """Implements `contract.DeadLetters`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list_letters(self, project_id: str, query: LetterQuery, *, most_bytes: int) -> LetterPage:
        keys = await self._keys(project_id, query, query.limit + 1)
        shown = keys[: query.limit]
        found: dict[tuple[str, int], DeadLetter] = {}
        for part in _parts(shown):
            for row in await self._rows(project_id, part, most_bytes):
                found[row["event_id"], row["version"]] = DeadLetter(state=query.state, **row)
        return LetterPage(
            letters=[found[key.event_id, key.version] for key in shown if (key.event_id, key.version) in found],
            next_after=(str(shown[-1].dead_at_us), shown[-1].event_id) if len(keys) > len(shown) else None,
        )

    async def find_letter(self, project_id: str, event_id: str, *, most_bytes: int | None = None) -> DeadLetter | None:
        statement = letter_queries.newest_statement(project_id, event_id)
        newest = await self._client.read_rows(statement.sql, statement.parameters)
        if not newest:
            return None
        key = LetterKey(event_id, **newest[0])
        found = await self._rows(project_id, [key], most_bytes)
        if not found:
            return None
        statement = letter_queries.end_statement(project_id, event_id, key.version)
        ended = await self._client.read_rows(statement.sql, statement.parameters)
        if not ended:
            return DeadLetter(**found[0])
        return DeadLetter(**found[0], state=ended[0]["state"], ended_at_us=ended[0]["at_us"])

    async def _rows(self, project_id: str, keys: Sequence[LetterKey], most_bytes: int | None) -> list[dict[str, Any]]:
        statement = letter_queries.letters_statement(project_id, keys, most_bytes=most_bytes)
        found = await self._client.read_rows(statement.sql, statement.parameters)
        for row in found:
            row["content"] = row.pop("shown")
            row["is_replayable"] = bool(row["is_replayable"])
        return found

    async def select(self, project_id: str, query: LetterQuery) -> list[LetterKey]:
        return await self._keys(project_id, query, query.limit)

    async def _keys(self, project_id: str, query: LetterQuery, limit: int) -> list[LetterKey]:
        keys: list[LetterKey] = []
        for part in _queries(query):
            statement = letter_queries.select_statement(project_id, part, limit=limit)
            found = await self._client.read_rows(statement.sql, statement.parameters)
            keys += [LetterKey(**row) for row in found]
        return keys[:limit]

    async def read_bodies(self, project_id: str, letters: Sequence[LetterKey]) -> list[LetterBody]:
        bodies: list[LetterBody] = []
        for part in _parts(letters):
            statement = letter_queries.bodies_statement(project_id, part)
            for row in await self._client.read_rows(statement.sql, statement.parameters):
                body, event_ids = base64.b64decode(row.pop("body")), row.pop("body_event_ids")
                bodies.append(LetterBody(body=body, event_ids=event_ids, **row))
        return bodies

    async def find_superseded(self, project_id: str, letters: Sequence[LetterKey]) -> list[LetterKey]:
        stored: dict[str, int] = {}
        for part in _parts(letters):
            statement = letter_queries.stored_versions_statement(project_id, part)
            found = await self._client.read_rows(statement.sql, statement.parameters)
            stored |= {row["event_id"]: row["version"] for row in found}
        return [letter for letter in letters if stored.get(letter.event_id, 0) > letter.version]

    async def end(self, project_id: str, letters: Sequence[LetterKey], state: LetterEnd) -> None:
        for part in _parts(letters):
            if state == "discarded":
                # Emptied first: a kill in between leaves a letter that can be discarded again.
                statement = letter_queries.emptying_statement(project_id, part)
                await self._client.write(statement.sql, statement.parameters)
            ended = rows.ends_table(project_id, [(letter.event_id, letter.version) for letter in part], state)
            await self._client.insert_arrow("dead_letter_ends", ended, token=None)


def _parts(letters: Sequence[LetterKey]) -> Iterator[Sequence[LetterKey]]:
    for at in range(0, len(letters), _LETTERS_PER_STATEMENT):
        yield letters[at : at + _LETTERS_PER_STATEMENT]


def _queries(query: LetterQuery) -> Iterator[LetterQuery]:
    """Yield the query with its ids in parts."""
    if query.event_ids is None:
        yield query
        return
    for at in range(0, len(query.event_ids), _LETTERS_PER_STATEMENT):
        yield replace(query, event_ids=query.event_ids[at : at + _LETTERS_PER_STATEMENT])
