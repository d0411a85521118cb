"""Writes entries as the JSON that the server reads; runs on the worker, never on a thread of the host."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from watchllm._entry import Entry
from watchllm._settings import Settings
from watchllm._version import __version__

# Types whose duration travels as `start` and `end`; the others know `latencyMs`.
_WITH_START_AND_END = frozenset({"span", "agent_action"})


class Encoder:
    """Makes the JSON of entries, with what the settings say about all of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sdk = {"name": "watchllm-python", "version": __version__}

    def encode(self, entry: Entry) -> bytes:
        """Return the envelope as UTF-8 JSON. May raise where a value cannot be written."""
        text = json.dumps(
            self._envelope(entry), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str
        )
        try:
            return text.encode()
        except UnicodeEncodeError:
            # Lone surrogates: no JSON reader has to take them, so they become replacement characters.
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()

    def _envelope(self, entry: Entry) -> dict[str, Any]:
        settings, scope = self._settings, entry.scope
        body = entry.body
        if entry.duration_ns is not None:
            body = {**body, **_timing(entry)}
        envelope: dict[str, Any] = {
            "eventId": entry.event_id,
            "projectId": settings.project,
            "type": entry.type,
            "timestamp": rfc3339(entry.wall_ns),
            "sdk": self._sdk,
            "traceId": entry.trace_id,
            "parentEventId": entry.parent_event_id,
            "sessionId": scope.session_id,
            "userId": scope.user_id,
            "environment": scope.environment or settings.environment,
            "release": scope.release or settings.release,
            "tags": scope.tags,
            "context": {"metadata": scope.metadata} if scope.metadata else None,
        }
        filled = {key: value for key, value in envelope.items() if value}
        filled["body"] = body
        return filled


def _timing(entry: Entry) -> dict[str, Any]:
    duration_ns = entry.duration_ns or 0
    if entry.type in _WITH_START_AND_END:
        return {"start": rfc3339(entry.wall_ns), "end": rfc3339(entry.wall_ns + duration_ns)}
    return {"latencyMs": round(duration_ns / 1e6, 3)}


def rfc3339(wall_ns: int) -> str:
    """Return a time in UTC with microseconds; a time that no calendar has becomes 1970, which the server refuses."""
    seconds, rest = divmod(wall_ns // 1000, 1_000_000)
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:06d}Z"
    except (ValueError, OverflowError, OSError):
        return "1970-01-01T00:00:00.000000Z"
