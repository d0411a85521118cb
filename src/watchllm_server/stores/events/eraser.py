"""Erasing on ClickHouse: what is asked for is masked at once, and rewritten without it by `scrub`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import orjson
import pyarrow as pa

from watchllm_server.model.event import Event
from watchllm_server.model.trace import TraceEvent, summarise
from watchllm_server.stores.events import erase_queries as queries
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import EventWriter

T = TypeVar("T")

# Masking reads the rows it looks for.
_ERASE_TIMEOUT_S: Final = 120.0
# Ids of traces have at most 256 bytes: so many fit into the longest URL that servers take (1 MiB), percent-encoded.
_TRACES_PER_STATEMENT: Final = 500
_ALL_VERSIONS: Final = 2**64 - 1
_OTEL_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")


class ClickHouseEraser:
    """Implements `contract.erasing.EventEraser`."""

    def __init__(self, client: Client, writer: EventWriter) -> None:
        self._client = client
        self._writer = writer

    async def erase_trace(self, project_id: str, trace_id: str) -> None:
        needles = _quoted(trace_id)
        if _OTEL_TRACE_ID.fullmatch(trace_id):
            needles.append(bytes.fromhex(trace_id))
        await self._erase_letters(project_id, trace_id, needles, _ALL_VERSIONS)
        await self._erase_traces(project_id, [trace_id])

    async def find_traces_of_end_user(self, project_id: str, user_id: str, last_version: int) -> list[str]:
        parameters = {"project": project_id, "user": user_id, "version": last_version}
        found = await self._client.read_arrow(queries.TRACES_OF_USER, parameters)
        return found.column("trace_id").to_pylist()

    async def erase_end_user(self, project_id: str, user_id: str, trace_ids: Sequence[str], last_version: int) -> None:
        await self._erase_letters(project_id, "", [*_quoted(user_id), _in_protobuf(user_id)], last_version)
        for part in _parts(trace_ids):
            await self._erase_of_user(project_id, user_id, part, last_version)

    async def _erase_of_user(self, project_id: str, user_id: str, trace_ids: Sequence[str], last_version: int) -> None:
        read = await self._writer.read_trace_events([(project_id, trace_id) for trace_id in trace_ids])
        meant = {
            (trace_id, event.event_id)
            for (_, trace_id), events in read.events.items()
            for event in _events_of_user(project_id, trace_id, events, user_id)
        }
        # Events last: while one of the user is there, its trace is found again after a kill.
        await self._erase_summaries(project_id, trace_ids)
        for part in _parts(sorted(meant)):
            parameters: dict[str, Any] = {
                "project": project_id,
                "traces": sorted({trace_id for trace_id, _ in part}),
                "places": [trace_id for trace_id, _ in part],
                "events": [event_id for _, event_id in part],
                "version": last_version,
            }
            await self._write(queries.NOTE_EVENTS, parameters)
            await self._erase(queries.ERASE_EVENTS, parameters)

    async def _erase_traces(self, project_id: str, trace_ids: Sequence[str]) -> None:
        parameters = {"project": project_id, "traces": list(trace_ids)}
        await self._write(queries.NOTE_TRACES, parameters)
        await self._erase(queries.ERASE_EVENTS_OF_TRACES, parameters)
        await self._erase_summaries(project_id, trace_ids)

    async def _erase_summaries(self, project_id: str, trace_ids: Sequence[str]) -> None:
        for statement in queries.ERASE_SUMMARIES:
            await self._erase(statement, {"project": project_id, "traces": list(trace_ids)})

    async def _erase_letters(self, project_id: str, event_id: str, needles: Sequence[bytes], last_version: int) -> None:
        parameters = {
            "project": project_id,
            "event": event_id,
            "needles": [needle.hex() for needle in needles],
            "version": last_version,
        }
        await self._write(queries.NOTE_LETTERS, parameters)
        await self._erase(queries.ERASE_LETTERS, parameters)

    async def erase_project(self, project_id: str) -> None:
        for statement in queries.ERASE_PROJECT:
            await self._erase(statement, {"project": project_id})

    async def note_erased(self, events: Sequence[Event]) -> None:
        if not events:
            return
        table = pa.table(
            {
                "project_id": pa.array([event.project_id for event in events], pa.string()),
                "event_id": pa.array([event.event_id for event in events], pa.string()),
                "version": pa.array([event.version for event in events], pa.uint64()),
            }
        )
        await self._client.insert_arrow("erased_events", table, token=None)

    async def begin_scrub(self) -> None:
        for statement in queries.SCRUB:
            await self._erase(statement, {})

    async def is_scrubbed(self) -> bool:
        return not await self._client.read_rows(
            queries.UNFINISHED_SCRUBS.format(mutations=self._client.layout.mutations)
        )

    async def _erase(self, statement: str, parameters: dict[str, Any]) -> None:
        for part in self._client.layout.of_rows(statement):
            await self._write(part, parameters)

    async def _write(self, statement: str, parameters: dict[str, Any]) -> None:
        await self._client.write(statement, parameters, timeout_s=_ERASE_TIMEOUT_S)


def _events_of_user(project_id: str, trace_id: str, events: Sequence[TraceEvent], user_id: str) -> Iterator[TraceEvent]:
    is_users = summarise(project_id, trace_id, events).user_id == user_id
    return (event for event in events if event.user_id == user_id or (is_users and not event.user_id))


def _quoted(text: str) -> list[bytes]:
    """Return the text as JSON writes it, with and without escapes beyond ASCII."""
    return list(dict.fromkeys((orjson.dumps(text), json.dumps(text).encode())))


def _in_protobuf(text: str) -> bytes:
    """Return the text as the value of an attribute in OTLP's protobuf: a field of a message within a field."""
    data = text.encode()
    value = b"\x0a" + _varint(len(data)) + data
    return b"\x12" + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(values), _TRACES_PER_STATEMENT):
        yield values[at : at + _TRACES_PER_STATEMENT]
