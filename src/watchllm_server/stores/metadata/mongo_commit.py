"""Committing a change to the log in MongoDB, and applying it: steps that may each be made twice, by several at once."""

from __future__ import annotations

import asyncio
from typing import Final

from watchllm_server.errors import Unavailable
from watchllm_server.stores.metadata.mongo_changes import Change, Operation, id_of
from watchllm_server.stores.metadata.mongo_collections import CHANGES, POINTER, STATE, removed
from watchllm_server.stores.metadata.mongo_server import Document, MongoServer

# How often it is noted how far the log is applied: whoever opens the store looks at so many changes one by one.
_POINTER_EVERY: Final = 16
# What another process has just inserted is refused to us at once, and read by us once the majority has it.
_MAJORITY_S: Final = 5.0
_POLL_S: Final = 0.01


async def commit(server: MongoServer, document: Document) -> bool:
    """Insert a change under its number; tells whether the number is ours. Everything before it MUST be applied.

    Raises Unavailable when that is not known: the change is then made as a whole, or will be, or not at all.
    """
    if await server.insert(CHANGES, document):
        return True
    # The insert was perhaps refused because of itself: the first attempt's connection was lost, its work was not.
    for _ in range(int(_MAJORITY_S / _POLL_S)):
        found = await server.get(CHANGES, document["_id"])
        if found is not None:
            return found["mark"] == document["mark"]
        await asyncio.sleep(_POLL_S)
    raise Unavailable(
        "the metadata store does not keep what it was given", code="metadata_unavailable", retry_after_s=5
    )


async def apply(server: MongoServer, change: Change) -> None:
    """Do what a committed change says, and forget what that was. Everything before it MUST be applied."""
    for operation in change.operations:
        if not await _do(server, change.number, operation):
            await _check_overtaken(server, change.number, operation)
    if change.operations:
        await server.update(CHANGES, {"_id": id_of(change.number)}, {"$unset": {"operations": ""}})
    # After the operations are forgotten: a kill in between must not leave them for ever.
    if change.number % _POINTER_EVERY == 0:
        pointer = {"number": change.number, "version": change.version}
        await server.update(STATE, {"_id": POINTER, "number": {"$lt": change.number}}, {"$set": pointer})


async def _do(server: MongoServer, number: int, operation: Operation) -> bool:
    """Do one operation unless its document was written by this change or a later one; tells whether it was done."""
    older: Document = {"_id": operation.id, "change": {"$lt": number}}
    match operation.kind:
        case "put":
            document: Document = {"_id": operation.id, "change": number, "is_there": True, **operation.fields}
            return await server.insert(operation.collection, document) or await server.replace(
                operation.collection, older, document
            )
        case "set":
            await server.update(operation.collection, older, {"$set": {**operation.fields, "change": number}})
        case "remove":
            left = removed(number, operation.id, operation.fields)
            await server.replace(operation.collection, older, left)
    return True


async def _check_overtaken(server: MongoServer, number: int, operation: Operation) -> None:
    """Raise unless another process has put the document, which is the reason to be refused that there should be."""
    document = await server.get(operation.collection, operation.id)
    if document is not None and document["change"] >= number:
        return
    change = await server.get(CHANGES, id_of(number))
    if change is not None and "operations" not in change:
        return
    raise RuntimeError(f"change {number} cannot put {operation.collection} {operation.id}: its key is another's")
