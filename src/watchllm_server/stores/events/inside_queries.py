"""The SQL that looks inside one trace: where a text stands, and how the trace and its events were judged."""

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


def scores_statement(project_id: str, trace_id: str, *, limit: int) -> Fragment:
    """Return the query for a trace's scores, the newest first: value and label as text, empty for none."""
    return Fragment(
        """SELECT t.event_id AS event_id, t.parent_event_id AS target_event_id, t.name AS name,
    t.attributes['score.value'] AS value, t.attributes['score.label'] AS label, t.attributes['comment'] AS comment,
    t.dialect AS source, formatDateTime(t.start_time, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS start_time
FROM (
    SELECT event_id, parent_event_id, name, attributes, dialect, start_time FROM events FINAL
    PREWHERE project_id = {project:String} AND trace_id = {trace:String} AND event_id IN (
        SELECT event_id FROM events
        PREWHERE project_id = {project:String} AND trace_id = {trace:String} AND type = 'eval_metric'
    )
    WHERE type = 'eval_metric'
) AS t
ORDER BY t.start_time DESC, t.event_id
LIMIT {limit:UInt32}""",
        {"project": project_id, "trace": trace_id, "limit": limit},
    )
