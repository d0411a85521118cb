"""Brings the tables of the event store to this version: numbered steps, each recorded before and after."""

from __future__ import annotations

import zlib
from typing import Final

from watchllm_server.errors import SettingsError
from watchllm_server.stores.events import schema
from watchllm_server.stores.events.client import Client

# A step that writes figures of stored events does about a million a second; no one waits for it but the start.
STEP_TIMEOUT_S: Final = 3_600.0


async def migrate(client: Client) -> list[str]:
    """Run the steps that are missing and return their names; a step that a kill cut short is run again.

    Raises SettingsError when the store was made by a newer version, or a step was edited.
    """
    for part in client.layout.of_step(schema.MIGRATIONS):
        await client.write(part)
    rows = await client.read_rows("SELECT number, name, checksum, state FROM schema_migrations FINAL ORDER BY number")
    done = {row["number"]: row for row in rows}
    newest = schema.ORDERED[-1][0]
    if any(number > newest for number in done):
        raise SettingsError("the event store was made by a newer version of WatchLLM; install that version")
    applied: list[str] = []
    for number, name, statement in schema.ORDERED:
        checksum = f"{zlib.crc32(statement.encode()):08x}"
        known = done.get(number)
        if known is not None and known["state"] == "done":
            if known["checksum"] != checksum:
                raise SettingsError(f"step {number} ({name}) of the event store is not the one that was run")
            continue
        await _record(client, number, name, checksum, "running")
        for part in client.layout.of_step(statement):
            await client.write(part, timeout_s=STEP_TIMEOUT_S)
        await _record(client, number, name, checksum, "done")
        applied.append(name)
    return applied


async def is_current(client: Client) -> bool:
    """Tell whether every step of this version has been run."""
    exists = await client.read_rows(
        "SELECT 1 AS found FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'"
    )
    if not exists:
        return False
    rows = await client.read_rows("SELECT number FROM schema_migrations FINAL WHERE state = 'done'")
    return {number for number, _, _ in schema.ORDERED} <= {row["number"] for row in rows}


async def _record(client: Client, number: int, name: str, checksum: str, state: str) -> None:
    await client.write(
        "INSERT INTO schema_migrations (number, name, checksum, state)"
        " SELECT {number:UInt32}, {name:String}, {checksum:String}, {state:String}",
        {"number": number, "name": name, "checksum": checksum, "state": state},
    )
