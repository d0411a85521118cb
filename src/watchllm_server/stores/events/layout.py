"""Where tables stand: on the one server, or on each of a cluster's with a distributed table before them.

Statements are written for one server. On a cluster, `events` is a distributed table over `events_local`, which every
server has and each shard keeps replicated; what changes tables or erases rows goes to the local ones of all servers.
Rows of a trace are on one shard: what is asked for by trace, and what summaries are compared with, is answered there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# What rows are spread by. Letters and ids of erased events have no trace.
_BY_TRACE: Final = "cityHash64(project_id, trace_id)"
_BY_EVENT: Final = "cityHash64(project_id, event_id)"
SPREAD_BY: Final[Mapping[str, str]] = {
    "events": _BY_TRACE,
    "traces": _BY_TRACE,
    "trace_buckets": _BY_TRACE,
    "event_figures": _BY_TRACE,
    "dead_letters": _BY_EVENT,
    "dead_letter_ends": _BY_EVENT,
    "erased_events": _BY_EVENT,
}
# On every server whole: a few rows.
MIGRATIONS_TABLE: Final = "schema_migrations"
_CLUSTER_NAME: Final = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")
_CREATE: Final = re.compile(r"^\s*CREATE TABLE IF NOT EXISTS (\w+) ")
_ALTER: Final = re.compile(r"^\s*ALTER TABLE (\w+)\s")
_DELETE: Final = re.compile(r"^\s*DELETE FROM (\w+) ")
_ENGINE: Final = re.compile(r"ENGINE = ReplacingMergeTree(?:\(([^)]*)\))?")


class Layout:
    """One server: every statement as it is."""

    # Settings of every statement.
    settings: Mapping[str, str] = {}
    # Where the rewriting of parts is followed.
    mutations: str = "system.mutations"

    def places(self, table: str) -> list[str]:
        """Return where the rows of a table are, as statements name it."""
        return [table]

    def of_step(self, statement: str) -> list[str]:
        """Return what a step of the schema is here."""
        return [statement]

    def of_rows(self, statement: str) -> list[str]:
        """Return what erases or rewrites rows of a table here."""
        return [statement]


class Clustered(Layout):
    """The servers of a cluster, as their `remote_servers` names it; each has the macros `shard` and `replica`."""

    def __init__(self, cluster: str) -> None:
        """Raises ValueError for what is no name of a cluster: it becomes part of statements."""
        if not _CLUSTER_NAME.match(cluster):
            raise ValueError(f"{cluster!r} is no name of a cluster")
        self.cluster = cluster
        self.mutations = f"clusterAllReplicas('{cluster}', system.mutations)"

    settings: Mapping[str, str] = {
        # Tables that are spread alike are joined on each shard; what it answers is complete for its traces.
        "distributed_product_mode": "local",
        # An insert is answered when every shard and most replicas have it, and reads wait for none that is behind.
        "distributed_foreground_insert": "1",
        "insert_quorum": "auto",
        "insert_quorum_parallel": "0",
        "select_sequential_consistency": "1",
        "mutations_sync": "2",
        "lightweight_deletes_sync": "2",
        "distributed_ddl_task_timeout": "600",
    }

    def of_step(self, statement: str) -> list[str]:
        created, altered = _CREATE.match(statement), _ALTER.match(statement)
        if created:
            return self._create(created[1], statement)
        if altered:
            return [*self.of_rows(statement), *self._front(altered[1])]
        return [statement]

    def of_rows(self, statement: str) -> list[str]:
        found = _ALTER.match(statement) or _DELETE.match(statement)
        if found is None:
            raise ValueError(f"not a statement about one table: {statement[:100]}")
        at, end = found.span(1)
        return [statement[:at] + place + statement[end:] for place in self.places(found[1])]

    def _create(self, table: str, statement: str) -> list[str]:
        at, end = _CREATE.match(statement).span(1)  # type: ignore[union-attr]
        engine = _ENGINE.search(statement)
        if engine is None:
            raise ValueError(f"{table} has an engine that is not known here")
        with_engine = statement[: engine.start()] + self._engine(table, engine[1] or "") + statement[engine.end() :]
        local = with_engine.replace("non_replicated_deduplication_window", self._window_setting())
        if table == MIGRATIONS_TABLE:
            return [local[:at] + self._whole(table) + local[end:]]
        return [*(local[:at] + place + local[end:] for place in self.places(table)), *self._front(table)]

    def places(self, table: str) -> list[str]:
        return [f"{table}_local ON CLUSTER '{self.cluster}'"]

    def _whole(self, table: str) -> str:
        return f"{table} ON CLUSTER '{self.cluster}'"

    def _engine(self, table: str, arguments: str) -> str:
        path, replica = f"/clickhouse/tables/{{shard}}/{{database}}/{table}", "{replica}"
        if table == MIGRATIONS_TABLE:
            path, replica = f"/clickhouse/tables/{{database}}/{table}", "{shard}-{replica}"
        given = f", {arguments}" if arguments else ""
        return f"ENGINE = ReplicatedReplacingMergeTree('{path}', '{replica}'{given})"

    def _window_setting(self) -> str:
        return "replicated_deduplication_window"

    def _front(self, table: str) -> list[str]:
        """Return what makes the distributed table anew, with the columns that the local ones have now."""
        return [
            f"CREATE OR REPLACE TABLE {self._whole(table)} AS {table}_local"
            f" ENGINE = Distributed('{self.cluster}', currentDatabase(), '{table}_local', {SPREAD_BY[table]})"
        ]
