"""The SQL that erases. Rows are masked first, which is quick and hides them from every read; `scrub` rewrites parts."""

from __future__ import annotations

from typing import Final

# Ids are noted before their events go.
_NOTE: Final = """
INSERT INTO erased_events (project_id, event_id, version)
SELECT project_id, event_id, version FROM {table} WHERE {condition}
"""
_OF_PROJECT: Final = "project_id = {project:String}"
_OF_TRACES: Final = _OF_PROJECT + " AND trace_id IN {traces:Array(String)}"
_OF_EVENTS: Final = (
    _OF_TRACES + " AND (trace_id, event_id) IN arrayZip({places:Array(String)}, {events:Array(String)})"
    " AND version <= {version:UInt64}"
)
# What names the subject: any of some bytes in the text or the body, or the id of the event itself.
_NAMED: Final = (
    "(event_id = {event:String} OR arrayExists(needle -> position(content, unhex(needle)) > 0"
    " OR position(body, unhex(needle)) > 0, {needles:Array(String)}))"
)
_NAMING_LETTERS: Final = f"{_OF_PROJECT} AND version <= {{version:UInt64}} AND {_NAMED}"

NOTE_TRACES: Final = _NOTE.format(table="events", condition=_OF_TRACES)
NOTE_EVENTS: Final = _NOTE.format(table="events", condition=_OF_EVENTS)
ERASE_EVENTS: Final = f"DELETE FROM events WHERE {_OF_EVENTS}"
ERASE_EVENTS_OF_TRACES: Final = f"DELETE FROM events WHERE {_OF_TRACES}"
ERASE_SUMMARIES: Final = tuple(
    f"DELETE FROM {table} WHERE {_OF_TRACES}" for table in ("event_figures", "traces", "trace_buckets")
)
NOTE_LETTERS: Final = _NOTE.format(table="dead_letters", condition=_NAMING_LETTERS)
ERASE_LETTERS: Final = f"DELETE FROM dead_letters WHERE {_NAMING_LETTERS}"
TABLES: Final = (
    "events",
    "event_figures",
    "traces",
    "trace_buckets",
    "dead_letters",
    "dead_letter_ends",
    "erased_events",
)
ERASE_PROJECT: Final = tuple(f"DELETE FROM {table} WHERE {_OF_PROJECT}" for table in TABLES)
SCRUB: Final = tuple(f"ALTER TABLE {table} APPLY DELETED MASK SETTINGS mutations_sync = 0" for table in TABLES)
# What APPLY DELETED MASK is called when it waits for its turn.
UNFINISHED_SCRUBS: Final = """
SELECT table FROM {mutations}
WHERE database = currentDatabase() AND NOT is_done AND command LIKE '%APPLY DELETED MASK%'
LIMIT 1
"""

TRACES_OF_USER: Final = """
SELECT DISTINCT trace_id FROM events
PREWHERE project_id = {project:String} AND user_id = {user:String}
WHERE version <= {version:UInt64}
ORDER BY trace_id
"""
