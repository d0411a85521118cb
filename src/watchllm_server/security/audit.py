"""The chain of the audit log: each row's hash covers the one before it, so that a changed or missing row shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.security.tokens import equal

# What the first row of a chain is chained to.
FIRST_HASH: Final = "0" * 64


def chained_hash(previous: str, number: int, entry: AuditEntry) -> str:
    """Return the hash of a row: of the hash before it, its number and all that it says."""
    said = msgspec.json.encode(entry, order="deterministic")
    return hashlib.sha256(f"{previous}\n{number}\n".encode() + said).hexdigest()


def first_broken(rows: Iterable[AuditRow]) -> int | None:
    """Return the number of the first row that does not follow from those before it, or None; `rows` from number 1."""
    previous, expected = FIRST_HASH, 1
    for row in rows:
        if row.number != expected or not equal(row.hash, chained_hash(previous, row.number, row.entry)):
            return expected
        previous, expected = row.hash, expected + 1
    return None
