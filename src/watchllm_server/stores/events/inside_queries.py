"""The SQL that looks inside one trace: where a text stands."""

from __future__ import annotations

from typing import Final

from watchllm_server.model.filter import Condition, Node, Or
from watchllm_server.stores.events.filters import Fragment, compile_filter

# Where a person looks for words: what was given and said, and what went wrong.
_TEXT_FIELDS: Final = ("text", "status_message")


def find_statement(project_id: str, trace_id: str, text: str, *, limit: int) -> Fragment:
    """Return the query for the ids of at most `limit` events that have the text, in any case of its letters.

    Any version of an event may have it where no FINAL is needed; the newest versions of just those are then asked
    again. Merging the texts of a whole trace would take its size in memory.
    """
    wanted: Node = Or(tuple(Condition(field, "contains", text) for field in _TEXT_FIELDS))
    has_text = compile_filter(wanted, "events")
    return Fragment(
        f"""SELECT event_id FROM events FINAL
PREWHERE project_id = {{project:String}} AND trace_id = {{trace:String}} AND event_id IN (
    SELECT event_id FROM events
    PREWHERE project_id = {{project:String}} AND trace_id = {{trace:String}}
    WHERE {has_text.sql}
    LIMIT {{limit:UInt32}}
)
WHERE {has_text.sql}
ORDER BY start_time, event_id
LIMIT {{limit:UInt32}}""",
        {**has_text.parameters, "project": project_id, "trace": trace_id, "limit": limit},
    )
