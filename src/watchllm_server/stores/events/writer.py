"""The write side of the event store on ClickHouse: events, dead letters, and trace summaries made of events."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from watchllm_server import telemetry
from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.trace import TraceEvent, TraceSummary
from watchllm_server.stores.events import rows
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import ReadTraces, RowsRefused, StoredCount
from watchllm_server.stores.events.figure_rows import figures_table

# PREWHERE on key columns alone is safe under FINAL and keeps texts of other traces unread.
_TRACE_EVENTS: Final = """
SELECT trace_id, version AS event_version, provider, agent_name, tool_name, prompt_name, prompt_version, first_token_us,
    event_id, parent_event_id, type, name, status,
    toUnixTimestamp64Micro(start_time) AS start_us, toUnixTimestamp64Micro(end_time) AS end_us,
    session_id, user_id, environment, release, tags, model, response_id, input_tokens, output_tokens,
    notEmpty(usage) AS has_usage, cost_usd, input_preview, output_preview
FROM events FINAL
PREWHERE project_id = {project:String} AND trace_id IN {traces:Array(String)}
"""
_VERSIONS: Final = """
SELECT event_id, max(version) AS version FROM events
PREWHERE project_id = {project:String} AND trace_id IN {traces:Array(String)}
WHERE event_id IN {events:Array(String)}
GROUP BY event_id
"""
_IDS_OF_VERSIONS: Final = """
SELECT event_id FROM events
PREWHERE project_id = {project:String} AND trace_id IN {traces:Array(String)}
WHERE version BETWEEN {first:UInt64} AND {last:UInt64}
"""
_COUNT_OF_VERSIONS: Final = """
SELECT project_id, trace_id, intDiv(toUnixTimestamp64Micro(accepted_at), 60000000) * 60000000 AS minute_us,
    uniqExact(event_id) AS events
FROM events PREWHERE version BETWEEN {first:UInt64} AND {last:UInt64}
GROUP BY project_id, trace_id, minute_us
UNION ALL
SELECT project_id, '' AS trace_id, intDiv(toUnixTimestamp64Micro(accepted_at), 60000000) * 60000000 AS minute_us,
    uniqExact(event_id, version) AS events
FROM dead_letters PREWHERE version BETWEEN {first:UInt64} AND {last:UInt64}
GROUP BY project_id, minute_us
"""
_KNOWN_IDS: Final = """
SELECT event_id FROM events PREWHERE project_id = {project:String} AND event_id IN {events:Array(String)}
UNION DISTINCT
SELECT event_id FROM dead_letters PREWHERE project_id = {project:String} AND event_id IN {events:Array(String)}
UNION DISTINCT
SELECT event_id FROM erased_events PREWHERE project_id = {project:String} AND event_id IN {events:Array(String)}
"""
_BUCKETS: Final = """
SELECT trace_id, toUnixTimestamp(argMax(bucket, version)) AS bucket FROM trace_buckets
PREWHERE project_id = {project:String} AND trace_id IN {traces:Array(String)}
GROUP BY trace_id
"""
_BURY_FIGURES: Final = """
INSERT INTO event_figures (project_id, bucket, trace_id, event_id, version, is_deleted)
SELECT project_id, bucket, trace_id, event_id, {version:UInt64}, 1 FROM event_figures
PREWHERE project_id = {project:String} AND (bucket, trace_id) IN (
    SELECT toDateTime(place.1, 'UTC'), place.2
    FROM (SELECT arrayJoin(arrayZip({buckets:Array(UInt32)}, {traces:Array(String)})) AS place))
"""
_TRACE_EVENT_FIELDS: Final = TraceEvent.__struct_fields__
# A read of more traces at once would need a longer URL than servers take (1 MiB by default).
_TRACES_PER_READ: Final = 4_000


class ClickHouseWriter:
    """Implements `contract.EventWriter`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def warm_up(self) -> None:
        # An insert of no rows makes no part, but loads the decoder and the columns: 0.8 s at the first one.
        nothing = rows.events_table([])
        await self._client.insert_arrow("events", nothing, token=None)

    async def insert_events(self, events: Sequence[Event], token: str) -> None:
        if not events:
            return
        try:
            table = await asyncio.to_thread(rows.events_table, events)
        except rows.UNSTORABLE as error:
            unstorable = await asyncio.to_thread(rows.find_unstorable, events)
            raise RowsRefused(f"{type(error).__name__}: {error}", unstorable) from None
        try:
            await self._client.insert_arrow("events", table, token=token)
        except RowsRefused as refusal:
            if len(events) > 1 or not await self._is_stored(events[0]):
                raise
            # A view that an operator made has failed after the row was in its table: it is no dead letter.
            telemetry.stored_despite_error(events[0].event_id, str(refusal))

    async def _is_stored(self, event: Event) -> bool:
        found = await self.find_versions([(event.project_id, event.trace_id, event.event_id)])
        return found.get((event.project_id, event.event_id)) == event.version

    async def insert_dead_letters(self, letters: Sequence[UnreadableEvent]) -> None:
        if letters:
            await self._client.insert_arrow("dead_letters", rows.dead_letters_table(letters), token=None)

    async def find_known_traces(self, traces: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        return {
            (project_id, trace_id)
            for project_id, trace_ids in _by_project(traces).items()
            for trace_id in await self._buckets(project_id, trace_ids)
        }

    async def _buckets(self, project_id: str, trace_ids: Sequence[str]) -> dict[str, int]:
        """Return the hour (seconds since 1970) of each trace that has a summary."""
        known: dict[str, int] = {}
        for part in _parts(trace_ids):
            parameters = {"project": project_id, "traces": part}
            rows = await self._client.read_rows(_BUCKETS, parameters, timeout_s=self._client.write_timeout_s)
            known |= {r["trace_id"]: r["bucket"] for r in rows}
        return known

    async def find_versions(self, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for project_id in {key[0] for key in keys}:
            mine = [key for key in keys if key[0] == project_id]
            for at in range(0, len(mine), _TRACES_PER_READ):
                part = mine[at : at + _TRACES_PER_READ]
                parameters = {
                    "project": project_id,
                    "traces": list({trace_id for _, trace_id, _ in part}),
                    "events": [event_id for _, _, event_id in part],
                }
                # A part of the attempt to store a bundle: an engine that hangs must not hold it for longer.
                rows = await self._client.read_rows(_VERSIONS, parameters, timeout_s=self._client.write_timeout_s)
                for row in rows:
                    found[project_id, row["event_id"]] = int(row["version"])
        return found

    async def find_ids_of_versions(
        self, project_id: str, trace_ids: Sequence[str], first_version: int, last_version: int
    ) -> set[str]:
        found: set[str] = set()
        for part in _parts(trace_ids):
            parameters = {"project": project_id, "traces": part, "first": first_version, "last": last_version}
            table = await self._client.read_arrow(_IDS_OF_VERSIONS, parameters)
            found.update(table.column("event_id").to_pylist())
        return found

    async def count_versions(self, first_version: int, last_version: int) -> list[StoredCount]:
        parameters = {"first": first_version, "last": last_version}
        return [
            StoredCount(row["project_id"], row["trace_id"], int(row["minute_us"]), int(row["events"]))
            for row in await self._client.read_rows(_COUNT_OF_VERSIONS, parameters)
        ]

    async def find_known_ids(self, project_id: str, event_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for part in _parts(event_ids):
            rows = await self._client.read_rows(_KNOWN_IDS, {"project": project_id, "events": part})
            found.update(row["event_id"] for row in rows)
        return found

    async def read_trace_events(self, traces: Sequence[tuple[str, str]]) -> ReadTraces:
        found = ReadTraces({}, [])
        for project_id, trace_ids in _by_project(traces).items():
            for part in _parts(trace_ids):
                table = await self._client.read_arrow(_TRACE_EVENTS, {"project": project_id, "traces": part})
                if table.num_rows:
                    _collect(found.events, project_id, table)
                    found.rows.append((project_id, table))
        return found

    async def insert_summaries(
        self, summaries: Sequence[TraceSummary], version: int, read: ReadTraces | None = None
    ) -> None:
        if not summaries:
            return
        by_project: dict[str, dict[str, TraceSummary]] = {}
        for summary in summaries:
            by_project.setdefault(summary.project_id, {})[summary.trace_id] = summary
        moved = [
            (project_id, trace_id, bucket)
            for project_id, mine in by_project.items()
            for trace_id, bucket in (await self._buckets(project_id, list(mine))).items()
            if bucket * 1_000_000 != mine[trace_id].bucket_us
        ]
        table = rows.summaries_table(summaries, version)
        moving = {(project_id, trace_id) for project_id, trace_id, _ in moved}
        is_moving = pa.array([(summary.project_id, summary.trace_id) in moving for summary in summaries])
        pointers = table.select(["project_id", "trace_id", "bucket", "version"])
        # The pointer stands before the row, so that whoever finds the trace in a list can open it; but one that moves
        # comes last, since it alone knows the former place. A kill in between is repaired by the next recomputation:
        # the trace stays touched until all are stored.
        await asyncio.gather(
            self._insert_figures(read, by_project, version),
            self._insert_pointers(pointers.filter(pc.invert(is_moving))),
        )
        await self._client.insert_arrow("traces", table, token=None)
        if moved:
            await self._bury(moved, version)
            await self._insert_pointers(pointers.filter(is_moving))

    async def remove_summaries(self, traces: Sequence[tuple[str, str]], version: int) -> None:
        places = [
            (project_id, trace_id, bucket)
            for project_id, trace_ids in _by_project(traces).items()
            for trace_id, bucket in (await self._buckets(project_id, trace_ids)).items()
        ]
        if places:
            await self._bury(places, version)

    async def _insert_pointers(self, pointers: pa.Table) -> None:
        if pointers.num_rows:
            await self._client.insert_arrow("trace_buckets", pointers, token=None)

    async def _insert_figures(
        self, read: ReadTraces | None, summaries: Mapping[str, Mapping[str, TraceSummary]], version: int
    ) -> None:
        figures = [
            await asyncio.to_thread(figures_table, table, project_id, summaries[project_id], version)
            for project_id, table in (read.rows if read else ())
        ]
        if figures:
            await self._client.insert_arrow("event_figures", pa.concat_tables(figures), token=None)

    async def _bury(self, moved: Sequence[tuple[str, str, int]], version: int) -> None:
        """Take traces out of their former hours (seconds since 1970), with the figures of their events."""
        for project_id in {project_id for project_id, _, _ in moved}:
            mine = [(trace_id, bucket) for project, trace_id, bucket in moved if project == project_id]
            for at in range(0, len(mine), _TRACES_PER_READ):
                part = mine[at : at + _TRACES_PER_READ]
                parameters = {
                    "project": project_id,
                    "traces": [trace_id for trace_id, _ in part],
                    "buckets": [bucket for _, bucket in part],
                    "version": version,
                }
                await self._client.write(_BURY_FIGURES, parameters)
        await self._client.insert_arrow("traces", rows.tombstones_table(moved, version), token=None)

    async def close(self) -> None:
        await self._client.close()


def _by_project(traces: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for project_id, trace_id in traces:
        grouped.setdefault(project_id, []).append(trace_id)
    return grouped


def _parts(values: Sequence[str]) -> list[list[str]]:
    return [list(values[at : at + _TRACES_PER_READ]) for at in range(0, len(values), _TRACES_PER_READ)]


def _collect(found: dict[tuple[str, str], list[TraceEvent]], project_id: str, table: Any) -> None:
    columns = [table.column(name).to_pylist() for name in _TRACE_EVENT_FIELDS]
    for trace_id, *values in zip(table.column("trace_id").to_pylist(), *columns, strict=True):
        found.setdefault((project_id, trace_id), []).append(TraceEvent(*values))
