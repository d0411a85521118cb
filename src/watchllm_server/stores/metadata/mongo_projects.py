"""Projects in MongoDB. A deleted project is none for everybody until it is restored."""

from __future__ import annotations

import msgspec

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Member, Project
from watchllm_server.model.redaction import RedactionRules
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import fields_of, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog
from watchllm_server.stores.metadata.mongo_members import draft_member, member_key


class MongoProjects(MongoLog):
    """The part of `contract.MetadataStore` about projects."""

    async def add_project(self, project: Project, owner: Member | None, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft:
            await self._check_free("projects", project.project_id)
            draft = Draft()
            draft.put("projects", project.project_id, fields_of(project))
            if owner is not None:
                await self._check_free("members", member_key(owner.project_id, owner.user_id))
                await self._check_there("users", owner.user_id)
                draft_member(draft, owner)
            return draft

        await self._change(plan, audit=audit)

    async def find_project(self, project_id: str) -> Project | None:
        found = await self._read(lambda: self._find("projects", project_id))
        return record_of(found, Project) if found else None

    async def list_projects(self, user_id: str, *, is_deleted: bool = False) -> list[tuple[Project, Member]]:
        async def read() -> list[tuple[Project, Member]]:
            members = await self._list("members", user_id=user_id)
            projects = await self._list_of("projects", [member["project_id"] for member in members])
            return [
                (record_of(project, Project), record_of(member, Member))
                for member in members
                if (project := projects.get(member["project_id"]))
                and (project["deleted_at_us"] is not None) == is_deleted
            ]

        return sorted(await self._read(read), key=lambda found: (found[0].name, found[0].project_id))

    async def count_projects(self) -> int:
        return await self._read(lambda: self._server.count("projects", {"is_there": True}))

    async def change_project(self, project_id: str, name: str, description: str, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            if not await self._is_alive(project_id):
                return None
            draft = Draft()
            draft.set("projects", project_id, name=name, description=description)
            return draft

        return await self._change(plan, audit=audit)

    async def delete_project(self, project_id: str, at_us: int, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            if not await self._is_alive(project_id):
                return None
            draft = Draft()
            draft.set("projects", project_id, deleted_at_us=at_us)
            return draft

        return await self._change(plan, audit=audit)

    async def restore_project(self, project_id: str, deleted_after_us: int, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            project = await self._find("projects", project_id)
            if project is None or (project["deleted_at_us"] or 0) <= deleted_after_us:
                return None
            draft = Draft()
            draft.set("projects", project_id, deleted_at_us=None)
            return draft

        return await self._change(plan, audit=audit)

    async def read_redaction(self, project_id: str) -> RedactionRules:
        found = await self._read(lambda: self._find("redaction", project_id))
        return msgspec.json.decode(found["rules"], type=RedactionRules) if found else RedactionRules()

    async def set_redaction(self, project_id: str, rules: RedactionRules, audit: AuditEntry) -> None:
        async def plan() -> Draft:
            await self._check_there("projects", project_id)
            draft = Draft()
            draft.put("redaction", project_id, {"project_id": project_id, "rules": msgspec.json.encode(rules).decode()})
            return draft

        await self._change(plan, audit=audit)
