"""How the statements of one server are said to a cluster, and what the engine at hand can check of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from watchllm_server.errors import SettingsError
from watchllm_server.settings import load_settings
from watchllm_server.stores.events import erase_queries, schema
from watchllm_server.stores.events.layout import MIGRATIONS_TABLE, SPREAD_BY, Clustered, Layout
from watchllm_server.wiring.events import event_client

STEPS: Final = [schema.MIGRATIONS, *(statement for _, _, statement in schema.ORDERED)]
MAIN: Final = Clustered("main")

# Parses statements, which need a server to be run: `EXPLAIN AST` runs nothing.
PARSE: Final = """
import sys, chdb
for statement in sys.stdin.read().split("\\x00"):
    chdb.query("EXPLAIN AST " + statement.replace("{project:String}", "'p'"), "Null")
"""


def test_one_server_is_told_what_is_written() -> None:
    assert [Layout().of_step(statement) for statement in STEPS] == [[statement] for statement in STEPS]
    assert Layout().of_rows(erase_queries.ERASE_EVENTS) == [erase_queries.ERASE_EVENTS]


def test_a_table_is_replicated_in_each_shard_and_stands_behind_a_distributed_one() -> None:
    local, front = MAIN.of_step(schema.EVENTS)
    assert local.strip().startswith("CREATE TABLE IF NOT EXISTS events_local ON CLUSTER 'main' (")
    engine = (
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/events', '{replica}', version)"
    )
    assert engine in local
    assert f" replicated_deduplication_window = {schema.DEDUPLICATION_WINDOW}" in local
    assert "non_replicated" not in local
    assert front == (
        "CREATE OR REPLACE TABLE events ON CLUSTER 'main' AS events_local"
        " ENGINE = Distributed('main', currentDatabase(), 'events_local', cityHash64(project_id, trace_id))"
    )


def test_the_steps_that_were_run_are_on_every_server_whole() -> None:
    (statement,) = MAIN.of_step(schema.MIGRATIONS)
    assert f"{MIGRATIONS_TABLE} ON CLUSTER 'main'" in statement
    assert "'/clickhouse/tables/{database}/schema_migrations', '{shard}-{replica}', at)" in statement


def test_every_step_and_every_erasure_is_about_tables_that_are_known() -> None:
    for statement in STEPS:
        parts = MAIN.of_step(statement)
        changes = statement.strip().startswith(("CREATE", "ALTER"))
        assert all("ON CLUSTER 'main'" in part for part in parts) == changes, statement
    created = {word for statement in STEPS for word in SPREAD_BY if f"IF NOT EXISTS {word} " in statement}
    assert created == set(SPREAD_BY) == set(erase_queries.TABLES)
    for statement in (*erase_queries.ERASE_PROJECT, *erase_queries.ERASE_SUMMARIES, *erase_queries.SCRUB):
        (part,) = MAIN.of_rows(statement)
        assert "_local ON CLUSTER 'main' " in part
    with pytest.raises(ValueError, match="not a statement about one table"):
        MAIN.of_rows("TRUNCATE TABLE events")


def test_what_is_said_to_a_cluster_is_sql(tmp_path: Path) -> None:
    statements = [part for statement in STEPS for part in MAIN.of_step(statement)]
    statements += [part for statement in erase_queries.ERASE_PROJECT for part in MAIN.of_rows(statement)]
    done = subprocess.run(
        [sys.executable, "-c", PARSE], input="\x00".join(statements), text=True, capture_output=True, timeout=120,
        check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    assert len(statements) > len(STEPS)


@pytest.mark.parametrize("name", ["", "a b", "x'; DROP TABLE events; --", "1st", "é", "a" * 65])
def test_what_is_no_name_of_a_cluster_never_becomes_part_of_a_statement(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a cluster"):
        Clustered(name)


def test_a_cluster_needs_a_server_and_a_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs a ClickHouse server"):
        event_client(load_settings(data_dir=tmp_path, event_store_cluster="main"))
    url = "clickhouse://user:password@127.0.0.1:8123/watchllm"
    with pytest.raises(SettingsError, match="no name of a cluster"):
        event_client(load_settings(data_dir=tmp_path, event_store=url, event_store_cluster="a b"))
    client = event_client(load_settings(data_dir=tmp_path, event_store=url, event_store_cluster="main"))
    assert isinstance(client.layout, Clustered)
