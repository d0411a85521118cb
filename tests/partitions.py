"""Takes away the months that a test has made: a deletion in an engine with hundreds of them takes half a minute."""

from __future__ import annotations

from watchllm_server.stores.events.client import Client


async def drop_months_of(client: Client, project_id: str, *, but: int = 202611) -> None:
    """Drop every month in which the project has events but the one that most tests use."""
    sql = "SELECT DISTINCT toYYYYMM(start_time) AS month FROM events WHERE project_id = {p:String}"
    for row in await client.read_rows(sql, {"p": project_id}):
        if row["month"] != but:
            await change(client, f"ALTER TABLE events DROP PARTITION {row['month']}")


async def change(client: Client, statement: str) -> None:
    """Run what erases rows, or changes a table, wherever its rows are."""
    for part in client.layout.of_rows(statement):
        await client.write(part)
