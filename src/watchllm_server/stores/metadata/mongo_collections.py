"""The collections of the MongoDB metadata store, their indexes, and how records of ours become documents.

A document has `_id`, the number of the `change` that last wrote it, `is_there`, and the fields of its record. A removed
one keeps the first three, so that a change that comes late does not bring it back. `unique` is what no two may share
besides the id: a text made of whole values.
"""

from __future__ import annotations

import string
from typing import Any, Final, TypeVar

import msgspec

from watchllm_server.errors import SettingsError
from watchllm_server.stores.metadata.mongo_server import Document, MongoServer

T = TypeVar("T")

CHANGES: Final = "changes"
STATE: Final = "state"
# The id in STATE of how far the log is known to be applied.
POINTER: Final = "applied"
# What is noted beside the log, in collections of its own: a note then never meets a change on one document.
KEY_USES: Final = "key_uses"
SESSION_USES: Final = "session_uses"

# Grows when an older version of WatchLLM could not read what this one writes.
_FORMAT: Final = 1
_UNIQUE: Final = ("users", "api_keys", "invites", "saved_views", "deletions")
_INDEXES: Final[tuple[tuple[str, ...], ...]] = (
    (CHANGES, "chain", "chain_number"),
    ("members", "project_id"), ("members", "user_id"), ("api_keys", "project_id"), ("sessions", "user_id"),
    ("sessions", "expires_at_us"), ("login_links", "user_id"), ("login_links", "expires_at_us"),
    ("invites", "project_id"), ("invites", "expires_at_us"), ("saved_views", "project_id", "user_id"),
    ("deletions", "project_id", "requested_at_us"), ("deletions", "finished_at_us"), ("projects", "deleted_at_us"),
    (SESSION_USES, "expires_at_us"),
)  # fmt: skip
_FOLDED: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


async def prepare(server: MongoServer) -> None:
    """Make what is missing; several processes may at once. Raises SettingsError for a newer version's collections."""
    if not await server.insert(STATE, {"_id": "format", "number": _FORMAT}):
        found = await server.get(STATE, "format")
        if found is not None and found["number"] > _FORMAT:
            raise SettingsError("the metadata was made by a newer version of WatchLLM; install that version")
    for collection in _UNIQUE:
        await server.index(collection, "unique", unique=True)
    for collection, *fields in _INDEXES:
        await server.index(collection, *fields)
    await server.insert(STATE, {"_id": POINTER, "number": 0, "version": 0})


def key_of(*values: str) -> str:
    """Return one text for several values, different for different ones."""
    return msgspec.json.encode(values).decode()


def folded(address: str) -> str:
    """Return an e-mail address with A to Z in lower case, and nothing else changed."""
    return address.translate(_FOLDED)


def fields_of(record: msgspec.Struct, *, unique: str | None = None) -> Document:
    """Return the fields of a record's document."""
    fields: dict[str, Any] = msgspec.to_builtins(record)
    return fields if unique is None else {**fields, "unique": unique}


def record_of(document: Document, kind: type[T]) -> T:
    """Return the record of a document."""
    return msgspec.convert(document, kind)


def removed(number: int, document_id: str, fields: Document) -> Document:
    """Return what is left of a document that change `number` removed."""
    # No other document can have this as what must be unique.
    return {"_id": document_id, "change": number, "is_there": False, "unique": key_of("removed", document_id), **fields}
