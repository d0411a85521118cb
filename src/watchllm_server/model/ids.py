"""The only source of new ids, so that a test can make them predictable."""

from __future__ import annotations

import secrets
import uuid

# Ids of events, traces, sessions, end users: 1 to 256 bytes, so that they fit a key column and a URL.
MAX_ID_BYTES = 256


def new_event_id() -> str:
    """Return an id for an event that came without one: 32 hex digits."""
    return uuid.uuid4().hex


def new_request_id() -> str:
    """Return an id that ties an answer to its log lines: 16 hex digits."""
    return secrets.token_hex(8)


def new_object_id(prefix: str) -> str:
    """Return an id for an object of ours, such as `proj_1f…`: prefix and 20 hex digits."""
    return f"{prefix}_{secrets.token_hex(10)}"


def new_owner_id() -> str:
    """Return a name for one running processor, by which its leases are known."""
    return secrets.token_hex(6)


def new_queue_id() -> str:
    """Return a name for a queue, by which the tokens of its bundles differ from those of every other: 16 hex digits."""
    return secrets.token_hex(8)


def new_change_id() -> str:
    """Return a mark for one change of the metadata, by which its maker knows it again: 32 hex digits."""
    return uuid.uuid4().hex


def lost_event_id(sequence: int, place: int) -> str:
    """Return a name for an accepted event whose own id was lost with a damaged file; the same at every attempt."""
    return f"lost-{sequence}-{place}"
