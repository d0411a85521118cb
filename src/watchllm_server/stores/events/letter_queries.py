"""The SQL that reads dead letters and empties those that were discarded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from watchllm_server.stores.events.contract import LetterKey, LetterQuery
from watchllm_server.stores.events.filters import Fragment, storable_us

# The letter of an event is that of its newest version; older ones are superseded by it.
_IS_NEWEST: Final = """(event_id, version) IN (
    SELECT event_id, max(version) FROM dead_letters PREWHERE project_id = {project:String} GROUP BY event_id)"""
_HAS_ENDED: Final = """(event_id, version) IN (
    SELECT event_id, version FROM dead_letter_ends FINAL PREWHERE project_id = {project:String})"""
_HAS_ENDED_SO: Final = """(event_id, version) IN (
    SELECT event_id, version FROM dead_letter_ends FINAL PREWHERE project_id = {project:String}
    WHERE state = {state:String})"""
_OF_KEYS: Final = "(event_id, version) IN arrayZip({events:Array(String)}, {versions:Array(UInt64)})"


def select_statement(project_id: str, query: LetterQuery, *, limit: int) -> Fragment:
    """Return the query for the keys of letters; it reads no content, however many letters there are."""
    parameters: dict[str, Any] = {"project": project_id, "limit": limit}
    conditions = [_IS_NEWEST]
    if query.state == "kept":
        conditions.append(f"NOT {_HAS_ENDED}")
    else:
        conditions.append(_HAS_ENDED_SO)
        parameters["state"] = query.state
    if query.code is not None:
        conditions.append("code = {code:String}")
        parameters["code"] = query.code
    if query.is_replayable:
        conditions.append("body_bytes > 0")
    for name, operator, us in (("from", ">=", query.from_us), ("to", "<", query.to_us)):
        if us is not None:
            conditions.append(f"dead_at {operator} fromUnixTimestamp64Micro({{{name}:Int64}}, 'UTC')")
            parameters[name] = storable_us(us)
    if query.event_ids is not None:
        conditions.append("event_id IN {events:Array(String)}")
        parameters["events"] = list(query.event_ids)
    if query.after is not None:
        conditions.append(
            "(dead_at, event_id) < (fromUnixTimestamp64Micro({after_us:Int64}, 'UTC'), {after_event:String})"
        )
        parameters["after_us"], parameters["after_event"] = query.after
    return Fragment(
        f"""SELECT event_id, version, toUnixTimestamp64Micro(dead_at) AS dead_at_us, body_bytes
FROM dead_letters FINAL
PREWHERE project_id = {{project:String}}
WHERE {" AND ".join(conditions)}
ORDER BY dead_at DESC, event_id DESC
LIMIT {{limit:UInt32}}""",
        parameters,
    )


def letters_statement(project_id: str, letters: Sequence[LetterKey], *, most_bytes: int | None) -> Fragment:
    """Return the query for letters by their keys; content is cut to `most_bytes` bytes unless that is None."""
    parameters = _keys(project_id, letters)
    content = "toValidUTF8(text)"
    if most_bytes is not None:
        content = "toValidUTF8(substring(text, 1, {most:UInt64}))"
        parameters["most"] = most_bytes
    return Fragment(
        f"""SELECT event_id, version, code, message, format, {content} AS shown, length(text) AS content_bytes,
    is_replayable, accepted_at_us, dead_at_us
FROM (
    SELECT event_id, version, toString(code) AS code, message, toString(format) AS format,
        if(empty(content), body, content) AS text, body_bytes > 0 AS is_replayable,
        toUnixTimestamp64Micro(accepted_at) AS accepted_at_us, toUnixTimestamp64Micro(dead_at) AS dead_at_us
    FROM dead_letters FINAL PREWHERE project_id = {{project:String}} AND {_OF_KEYS}
)""",
        parameters,
    )


def newest_statement(project_id: str, event_id: str) -> Fragment:
    """Return the query for the key of an event's letter."""
    return Fragment(
        """SELECT version, toUnixTimestamp64Micro(dead_at) AS dead_at_us, body_bytes FROM dead_letters FINAL
PREWHERE project_id = {project:String} AND event_id = {event:String}
ORDER BY version DESC LIMIT 1""",
        {"project": project_id, "event": event_id},
    )


def end_statement(project_id: str, event_id: str, version: int) -> Fragment:
    """Return the query for how and when a letter ended."""
    return Fragment(
        """SELECT toString(state) AS state, toUnixTimestamp64Micro(at) AS at_us FROM dead_letter_ends FINAL
PREWHERE project_id = {project:String} AND event_id = {event:String} AND version = {version:UInt64}""",
        {"project": project_id, "event": event_id, "version": version},
    )


def bodies_statement(project_id: str, letters: Sequence[LetterKey]) -> Fragment:
    """Return the query for what replays need; a body may be any bytes."""
    return Fragment(
        f"""SELECT event_id, version, toString(format) AS format, base64Encode(body) AS body, body_event_ids,
    toUnixTimestamp64Micro(accepted_at) AS accepted_at_us
FROM dead_letters FINAL PREWHERE project_id = {{project:String}} AND {_OF_KEYS}""",
        _keys(project_id, letters),
    )


def stored_versions_statement(project_id: str, letters: Sequence[LetterKey]) -> Fragment:
    """Return the query for the newest stored version of the letters' events."""
    return Fragment(
        """SELECT event_id, max(version) AS version FROM events
PREWHERE project_id = {project:String} AND event_id IN {events:Array(String)}
GROUP BY event_id""",
        {"project": project_id, "events": [letter.event_id for letter in letters]},
    )


def emptying_statement(project_id: str, letters: Sequence[LetterKey]) -> Fragment:
    """Return the statement that writes letters anew without their content; merging drops the former rows."""
    return Fragment(
        f"""INSERT INTO dead_letters (project_id, event_id, version, code, message, accepted_at, dead_at)
SELECT project_id, event_id, version, code, message, accepted_at, dead_at
FROM dead_letters FINAL PREWHERE project_id = {{project:String}} AND {_OF_KEYS}""",
        _keys(project_id, letters),
    )


def _keys(project_id: str, letters: Sequence[LetterKey]) -> dict[str, Any]:
    return {
        "project": project_id,
        "events": [letter.event_id for letter in letters],
        "versions": [letter.version for letter in letters],
    }
