"""The log of changes of the MongoDB metadata store, which makes changes of several documents whole or not at all.

A change is committed by one insert into `changes`, under the number after the last one. Its document says what is to be
done to which documents. Of two processes that insert the same number one is refused by the server; it applies what the
other committed, looks again whether its own change may be made, and tries the next number.

Committed changes are then applied to their documents, by whoever comes first: usually the process that committed, after
a kill the next reader. Every operation is conditional on the number of the change that last wrote its document, so
that two may apply at once, and one that comes late does nothing. What is applied loses its operations, since they hold
hashes of passwords and keys; its number and its row of the audit log stay.

A read is valid when the log did not grow while it read: then it saw all changes up to one number, and none in part.

No transactions: a single MongoDB server has none, and neither has FerretDB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self, TypeVar

from pymongo.errors import OperationFailure

from watchllm_server.errors import Unavailable
from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.model.ids import new_change_id
from watchllm_server.stores.metadata.contract import AlreadyExists, DoesNotExist, LastOwner, LimitReached
from watchllm_server.stores.metadata.mongo_changes import (
    Change,
    Draft,
    change_document,
    change_of,
    id_of,
    next_row,
    row_of,
)
from watchllm_server.stores.metadata.mongo_collections import CHANGES, POINTER, STATE, prepare
from watchllm_server.stores.metadata.mongo_commit import apply, commit
from watchllm_server.stores.metadata.mongo_server import Document, MongoServer, refused

T = TypeVar("T")
Plan = Callable[[], Awaitable[Draft | None]]

_REFUSALS: Final = (AlreadyExists, DoesNotExist, LimitReached, LastOwner)
# Each attempt that fails means that another change was made meanwhile; so many in a row mean that something is wrong.
_ATTEMPTS: Final = 200
# Who committed applies within some milliseconds. Another waits this long before it takes over, so that after a kill
# one read is late, and otherwise nobody does the work of another.
_PATIENCE_S: Final = 1.0
_POLL_S: Final = 0.01


class MongoLog:
    """Reads and changes over one database; several processes may open it."""

    def __init__(self, server: MongoServer, applied: int, version: int) -> None:
        self._server = server
        # Every change up to this one is in the documents, and the version after it.
        self._applied = applied
        self._version = version
        # Changes of one process would only be in each other's way; nor need two of its readers repair the same.
        self._changing = asyncio.Lock()
        self._catching_up = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and make the collections that are missing. Raises SettingsError that says what to change."""
        server = await MongoServer.connect(url)
        try:
            await prepare(server)
            pointer = await server.get(STATE, POINTER) or {"number": 0, "version": 0}
        except OperationFailure as error:
            await server.close()
            raise refused(url, error) from None
        except BaseException:
            await server.close()
            raise
        return cls(server, pointer["number"], pointer["version"])

    async def close(self) -> None:
        await self._server.close()

    async def version(self) -> int:
        await self._catch_up()
        return self._version

    async def _read(self, read: Callable[[], Awaitable[T]]) -> T:
        """Return what `read` returns or raises, of one state of the store that is as new as the call."""
        for _ in range(_ATTEMPTS):
            before = self._applied
            refusal: Exception | None = None
            found: T | None = None
            try:
                found = await read()
            except _REFUSALS as refused:
                refusal = refused
            await self._catch_up()
            if self._applied != before:
                continue
            if refusal is not None:
                raise refusal
            return found  # pyright: ignore[reportReturnType]
        raise _too_busy()

    async def _change(self, plan: Plan, *, audit: AuditEntry | None = None, moves_version: bool = True) -> bool:
        """Make what `plan` drafts one change, with the row of the audit log; tells whether there was anything to do.

        The plan is asked again whenever another change came first. A change of nothing leaves no row in the log.
        """

        async def document() -> Document | None:
            draft = await plan()
            if draft is None:
                return None
            change = Change(
                number=self._applied + 1, mark=new_change_id(), version=self._version + moves_version,
                operations=draft.operations(),
            )  # fmt: skip
            return change_document(change, None if audit is None else next_row(await self._last_row(audit), audit))

        # Of a server that is away all hear at once, not one after another in the order of the lock.
        await self._catch_up()
        async with self._changing:
            for _ in range(_ATTEMPTS):
                planned = await self._read(document)
                if planned is None:
                    return False
                if await commit(self._server, planned):
                    await self._apply_own(change_of(planned))
                    return True
        raise _too_busy()

    async def _last_row(self, entry: AuditEntry) -> AuditRow | None:
        """Return the last row of the entry's chain."""
        newest = (("chain_number", -1),)
        rows = await self._server.find(CHANGES, {"chain": entry.project_id}, order=newest, limit=1)
        return row_of(rows[0]) if rows else None

    async def _find(self, collection: str, document_id: str) -> Document | None:
        """Return a document that is there."""
        document = await self._server.get(collection, document_id)
        return document if document is not None and document["is_there"] else None

    async def _list(self, collection: str, **equal: Any) -> list[Document]:
        """Return the documents that are there and have these values."""
        return await self._server.find(collection, {**equal, "is_there": True})

    async def _list_of(self, collection: str, ids: list[str]) -> dict[str, Document]:
        """Return those documents of these ids that are there, by id."""
        found = await self._server.find(collection, {"_id": {"$in": ids}, "is_there": True}) if ids else []
        return {document["_id"]: document for document in found}

    async def _is_alive(self, project_id: str) -> bool:
        """Tell whether a project is there and not deleted."""
        project = await self._find("projects", project_id)
        return project is not None and project["deleted_at_us"] is None

    async def _note(self, collection: str, note: Document) -> None:
        """Keep a note beside the log, in the place of the one of its id."""
        if not await self._server.insert(collection, note):
            await self._server.replace(collection, {"_id": note["_id"]}, note)

    async def _uses(self, collection: str, ids: list[str]) -> dict[str, int]:
        """Return when each of these ids was used last, as it was noted."""
        notes = await self._server.find(collection, {"_id": {"$in": ids}}) if ids else []
        return {note["_id"]: note["at_us"] for note in notes}

    async def _check_free(self, collection: str, document_id: str, unique: str | None = None) -> None:
        """Raise AlreadyExists when a document that is there has this id, or shares what must be unique."""
        if await self._find(collection, document_id) is not None:
            raise AlreadyExists(f"{collection}: {document_id}")
        if unique is not None and await self._list(collection, unique=unique):
            raise AlreadyExists(f"{collection}: what {document_id} shares with another must be unique")

    async def _check_there(self, collection: str, document_id: str) -> None:
        """Raise DoesNotExist when there is no such document."""
        if await self._find(collection, document_id) is None:
            raise DoesNotExist(f"{collection}: {document_id}")

    async def _catch_up(self) -> None:
        """Wait until everything that was committed before this call is applied, by others or by us."""
        if await self._server.get(CHANGES, id_of(self._applied + 1)) is None:
            return
        async with self._catching_up:
            pointer = await self._server.get(STATE, POINTER)
            if pointer is not None:
                self._has_applied(pointer["number"], pointer["version"])
            while (change := await self._settled(self._applied + 1)) is not None:
                if change.operations:
                    await apply(self._server, change)
                self._has_applied(change.number, change.version)

    async def _settled(self, number: int) -> Change | None:
        """Return a change when whoever committed it has applied it, or has had the time to."""
        change: Change | None = None
        for _ in range(int(_PATIENCE_S / _POLL_S)):
            document = await self._server.get(CHANGES, id_of(number))
            if document is None or not (change := change_of(document)).operations:
                break
            await asyncio.sleep(_POLL_S)
        return change

    async def _apply_own(self, change: Change) -> None:
        try:
            await apply(self._server, change)
        except Unavailable:
            # It is committed all the same, so it is not refused: whoever reads next applies it.
            return
        self._has_applied(change.number, change.version)

    def _has_applied(self, number: int, version: int) -> None:
        if number > self._applied:
            self._applied, self._version = number, version


def _too_busy() -> Unavailable:
    return Unavailable("the metadata is changed too often", code="metadata_unavailable", retry_after_s=1)
