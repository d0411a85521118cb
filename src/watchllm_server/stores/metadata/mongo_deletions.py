"""What is to be deleted for good, in MongoDB, and the end of a project."""

from __future__ import annotations

from typing import Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.deletion import Deletion, Tombstones
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import KEY_USES, fields_of, key_of, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog

# Everything of a project but its document, by which its id is never given again, and its audit log.
_COLLECTIONS_OF_PROJECT: Final = ("members", "api_keys", "invites", "saved_views", "redaction")


class MongoDeletions(MongoLog):
    """The part of `contract.MetadataStore` about deletion for good."""

    async def add_deletion(self, deletion: Deletion, audit: AuditEntry) -> None:
        # One deletion of a project; a trace may be asked for again.
        subject = deletion.project_id if deletion.kind == "project" else deletion.deletion_id
        unique = key_of(deletion.kind, subject)

        async def plan() -> Draft:
            await self._check_free("deletions", deletion.deletion_id, unique)
            await self._check_there("projects", deletion.project_id)
            draft = Draft()
            draft.put("deletions", deletion.deletion_id, fields_of(deletion, unique=unique))
            return draft

        await self._change(plan, audit=audit)

    async def list_deletions(self, project_id: str, *, limit: int) -> list[Deletion]:
        where = {"project_id": project_id, "is_there": True}
        order = (("requested_at_us", -1), ("_id", 1))
        found = await self._read(lambda: self._server.find("deletions", where, order=order, limit=limit))
        return [record_of(one, Deletion) for one in found]

    async def list_unfinished_deletions(self) -> list[Deletion]:
        found = await self._read(lambda: self._list("deletions", finished_at_us=None))
        deletions = [record_of(one, Deletion) for one in found]
        return sorted(deletions, key=lambda deletion: (deletion.requested_at_us, deletion.deletion_id))

    async def mark_erased(self, deletion_id: str, at_us: int) -> None:
        await self._mark(deletion_id, "erased_at_us", at_us)

    async def mark_finished(self, deletion_id: str, at_us: int) -> None:
        await self._mark(deletion_id, "finished_at_us", at_us)

    async def _mark(self, deletion_id: str, field: str, at_us: int) -> None:
        async def plan() -> Draft | None:
            found = await self._find("deletions", deletion_id)
            if found is None or found[field] is not None:
                return None
            draft = Draft()
            draft.set("deletions", deletion_id, **{field: at_us})
            return draft

        await self._change(plan, moves_version=False)

    async def read_tombstones(self, requested_after_us: int) -> Tombstones:
        async def read() -> Tombstones:
            where = {"kind": "trace", "requested_at_us": {"$gte": requested_after_us}, "is_there": True}
            traces = await self._server.find("deletions", where)
            projects = await self._list("deletions", kind="project")
            return Tombstones(
                traces=frozenset((one["project_id"], one["subject"]) for one in traces),
                projects=frozenset(one["project_id"] for one in projects),
            )

        return await self._read(read)

    async def list_expired_projects(self, deleted_before_us: int) -> list[str]:
        async def read() -> set[str]:
            # A project that is there has no such time, and is not compared.
            where = {"deleted_at_us": {"$lte": deleted_before_us}, "is_there": True}
            expired = {project["_id"] for project in await self._server.find("projects", where)}
            return expired - {one["project_id"] for one in await self._list("deletions", kind="project")}

        return sorted(await self._read(read))

    async def erase_project(self, project_id: str) -> None:
        async def plan() -> Draft | None:
            project = await self._find("projects", project_id)
            if project is None or project["deleted_at_us"] is None:
                return None
            draft = Draft()
            draft.set("projects", project_id, name="", description="")
            for collection in _COLLECTIONS_OF_PROJECT:
                for one in await self._list(collection, project_id=project_id):
                    ends_us = one["expires_at_us"] if collection == "invites" else None
                    draft.remove(collection, one["_id"], expires_at_us=ends_us)
            for deletion in await self._list("deletions", project_id=project_id):
                # Their subjects are ids of traces and of end users.
                if deletion["kind"] != "project":
                    draft.remove("deletions", deletion["_id"])
            # Before the keys, which say whose uses these are. Nobody uses them any more.
            keys = [key["_id"] for key in await self._list("api_keys", project_id=project_id)]
            await self._server.delete(KEY_USES, {"_id": {"$in": keys}})
            return draft

        await self._change(plan)
