"""A change as one document of the log in MongoDB: what it does to which documents, and its row of the audit log."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.security.audit import FIRST_HASH, chained_hash
from watchllm_server.stores.metadata.mongo_server import Document

# A text of so many digits sorts as its number does. Of 1,000 of them FerretDB finds a text in 7 ms, a number in 70.
_DIGITS: Final = 16


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a change does to one document. Done twice, or after a later change, it does nothing."""

    kind: Literal["put", "set", "remove"]
    collection: str
    id: str
    # The whole document, the fields to set, or what is left of a removed one.
    fields: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])


class Draft:
    """The operations of a change that is not committed yet: one for each document, the last that was asked for."""

    def __init__(self) -> None:
        self._operations: dict[tuple[str, str], Operation] = {}

    def put(self, collection: str, document_id: str, fields: Document) -> None:
        """Write a whole document, also where one was removed."""
        self._add(Operation(kind="put", collection=collection, id=document_id, fields=fields))

    def set(self, collection: str, document_id: str, **fields: Any) -> None:
        """Set fields of a document that is there."""
        self._add(Operation(kind="set", collection=collection, id=document_id, fields=fields))

    def remove(self, collection: str, document_id: str, *, expires_at_us: int | None = None) -> None:
        """Remove a document. What would have expired leaves its trace only until then."""
        fields = {} if expires_at_us is None else {"expires_at_us": expires_at_us}
        self._add(Operation(kind="remove", collection=collection, id=document_id, fields=fields))

    def _add(self, operation: Operation) -> None:
        self._operations[operation.collection, operation.id] = operation

    def operations(self) -> list[Operation]:
        return list(self._operations.values())


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A committed change. Without operations it is applied, or had none."""

    number: int
    # By which whoever made it knows it again.
    mark: str
    version: int
    operations: list[Operation]


def id_of(number: int) -> str:
    """Return the id of a change."""
    return f"{number:0{_DIGITS}d}"


def change_document(change: Change, row: AuditRow | None) -> Document:
    """Return a change as it is committed."""
    document: Document = {"_id": id_of(change.number), "mark": change.mark, "version": change.version}
    if change.operations:
        document["operations"] = msgspec.to_builtins(change.operations)
    if row is not None:
        # The entry is a text, as in SQLite: it has names that people gave, and those are never names of fields.
        document |= {
            "chain": row.entry.project_id, "chain_number": row.number, "chain_hash": row.hash,
            "entry": msgspec.json.encode(row.entry, order="deterministic").decode(),
        }  # fmt: skip
    return document


def change_of(document: Document) -> Change:
    return msgspec.convert({"operations": [], **document, "number": int(document["_id"])}, Change)


def row_of(document: Document) -> AuditRow:
    """Return the row of the audit log that a change carries."""
    entry = msgspec.json.decode(document["entry"], type=AuditEntry)
    return AuditRow(number=int(document["chain_number"]), entry=entry, hash=document["chain_hash"])


def next_row(last: AuditRow | None, entry: AuditEntry) -> AuditRow:
    """Return the row that follows the last one of its chain."""
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST_HASH)
    return AuditRow(number=number, entry=entry, hash=chained_hash(previous, number, entry))
