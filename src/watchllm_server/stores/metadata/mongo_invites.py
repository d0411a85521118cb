"""Invites in MongoDB: ways into a project that one acceptance uses up."""

from __future__ import annotations

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Invite, Member, User
from watchllm_server.security.tokens import equal
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import fields_of, folded, record_of
from watchllm_server.stores.metadata.mongo_members import draft_member, member_key
from watchllm_server.stores.metadata.mongo_people import MongoPeople
from watchllm_server.stores.metadata.mongo_server import Document


class MongoInvites(MongoPeople):
    """The part of `contract.MetadataStore` about invites."""

    async def add_invite(self, invite: Invite, audit: AuditEntry) -> None:
        async def plan() -> Draft:
            draft = Draft()
            former = await self._list("invites", project_id=invite.project_id)
            replaced = [one for one in former if folded(one["email"]) == folded(invite.email)]
            for one in replaced:
                _draft_removal(draft, one)
            if invite.invite_id not in [one["_id"] for one in replaced]:
                await self._check_free("invites", invite.invite_id, invite.token_hash)
            await self._check_there("projects", invite.project_id)
            draft.put("invites", invite.invite_id, fields_of(invite, unique=invite.token_hash))
            return draft

        await self._change(plan, audit=audit, moves_version=False)

    async def find_invite(self, token_hash: str, now_us: int) -> Invite | None:
        async def read() -> Invite | None:
            for found in await self._list("invites", unique=token_hash):
                if found["expires_at_us"] > now_us and await self._is_alive(found["project_id"]):
                    return record_of(found, Invite)
            return None

        return await self._read(read)

    async def list_invites(self, project_id: str, now_us: int) -> list[Invite]:
        found = await self._read(lambda: self._list("invites", project_id=project_id))
        invites = [record_of(one, Invite) for one in found if one["expires_at_us"] > now_us]
        return sorted(invites, key=lambda invite: (invite.created_at_us, folded(invite.email)))

    async def remove_invite(self, project_id: str, invite_id: str, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            found = await self._find("invites", invite_id)
            if found is None or found["project_id"] != project_id:
                return None
            draft = Draft()
            _draft_removal(draft, found)
            return draft

        return await self._change(plan, audit=audit, moves_version=False)

    async def accept_invite(self, invite: Invite, user: User, member: Member, audit: AuditEntry) -> bool:
        async def plan() -> Draft | None:
            found = await self._find("invites", invite.invite_id)
            if (
                found is None
                or not equal(found["token_hash"], invite.token_hash)
                or not await self._is_alive(found["project_id"])
            ):
                return None
            draft = Draft()
            _draft_removal(draft, found)
            if await self._find("users", user.user_id) is None:
                await self._draft_user(draft, user)
            await self._check_free("members", member_key(member.project_id, member.user_id))
            draft_member(draft, member)
            return draft

        return await self._change(plan, audit=audit)


def _draft_removal(draft: Draft, invite: Document) -> None:
    draft.remove("invites", invite["_id"], expires_at_us=invite["expires_at_us"])
