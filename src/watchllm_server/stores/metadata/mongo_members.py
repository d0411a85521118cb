"""Members of projects in MongoDB."""

from __future__ import annotations

import msgspec

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Member, Role, User
from watchllm_server.stores.metadata.contract import LastOwner
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import fields_of, folded, key_of, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog


class MongoMembers(MongoLog):
    """The part of `contract.MetadataStore` about members."""

    async def add_member(self, member: Member, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft:
            await self._check_free("members", member_key(member.project_id, member.user_id))
            await self._check_there("projects", member.project_id)
            await self._check_there("users", member.user_id)
            draft = Draft()
            draft_member(draft, member)
            return draft

        await self._change(plan, audit=audit)

    async def find_member(self, project_id: str, user_id: str, *, is_deleted: bool = False) -> Member | None:
        async def read() -> Member | None:
            project = await self._find("projects", project_id)
            member = await self._find("members", member_key(project_id, user_id))
            if project is None or member is None or (project["deleted_at_us"] is not None) != is_deleted:
                return None
            return record_of(member, Member)

        return await self._read(read)

    async def list_members(self, project_id: str) -> list[tuple[Member, User]]:
        async def read() -> list[tuple[Member, User]]:
            members = [record_of(found, Member) for found in await self._list("members", project_id=project_id)]
            users = await self._list_of("users", [member.user_id for member in members])
            return [
                (member, msgspec.structs.replace(record_of(user, User), password_hash=""))
                for member in members
                if (user := users.get(member.user_id))
            ]

        return sorted(await self._read(read), key=lambda found: (found[0].created_at_us, folded(found[1].email)))

    async def change_role(self, project_id: str, user_id: str, role: Role, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            if role != "OWNER":
                await self._check_not_last_owner(project_id, user_id)
            key = member_key(project_id, user_id)
            if await self._find("members", key) is None:
                return None
            draft = Draft()
            draft.set("members", key, role=role)
            return draft

        return await self._change(plan, audit=audit)

    async def remove_member(self, project_id: str, user_id: str, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            await self._check_not_last_owner(project_id, user_id)
            key = member_key(project_id, user_id)
            if await self._find("members", key) is None:
                return None
            draft = Draft()
            draft.remove("members", key)
            for view in await self._list("saved_views", project_id=project_id, user_id=user_id):
                draft.remove("saved_views", view["_id"])
            return draft

        return await self._change(plan, audit=audit)

    async def _check_not_last_owner(self, project_id: str, user_id: str) -> None:
        owners = await self._list("members", project_id=project_id, role="OWNER")
        if [owner["user_id"] for owner in owners] == [user_id]:
            raise LastOwner(user_id)


def member_key(project_id: str, user_id: str) -> str:
    """Return the id of a member's document."""
    return key_of(project_id, user_id)


def draft_member(draft: Draft, member: Member) -> None:
    """Draft a new member."""
    draft.put("members", member_key(member.project_id, member.user_id), fields_of(member))
