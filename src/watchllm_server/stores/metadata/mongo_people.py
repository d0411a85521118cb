"""People in MongoDB: users and their passwords."""

from __future__ import annotations

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import User
from watchllm_server.security.tokens import equal
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import fields_of, folded, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog


class MongoPeople(MongoLog):
    """The part of `contract.MetadataStore` about people."""

    async def add_user(self, user: User, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft:
            draft = Draft()
            await self._draft_user(draft, user)
            return draft

        await self._change(plan, audit=audit)

    async def find_user(self, user_id: str) -> User | None:
        found = await self._read(lambda: self._find("users", user_id))
        return record_of(found, User) if found else None

    async def find_user_by_email(self, email: str) -> User | None:
        found = await self._read(lambda: self._list("users", unique=folded(email)))
        return record_of(found[0], User) if found else None

    async def list_users(self) -> list[User]:
        users = [record_of(found, User) for found in await self._read(lambda: self._list("users"))]
        return sorted(users, key=lambda user: folded(user.email))

    async def count_users(self) -> int:
        return await self._read(lambda: self._server.count("users", {"is_there": True}))

    async def change_password(self, user_id: str, password_hash: str, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft | None:
            if await self._find("users", user_id) is None:
                return None
            draft = Draft()
            draft.set("users", user_id, password_hash=password_hash)
            for collection in ("sessions", "login_links"):
                for way_in in await self._list(collection, user_id=user_id):
                    draft.remove(collection, way_in["_id"], expires_at_us=way_in["expires_at_us"])
            return draft

        await self._change(plan, audit=audit)

    async def renew_password_hash(self, user_id: str, former: str, renewed: str) -> None:
        async def plan() -> Draft | None:
            found = await self._find("users", user_id)
            if found is None or not equal(found["password_hash"], former):
                return None
            draft = Draft()
            draft.set("users", user_id, password_hash=renewed)
            return draft

        await self._change(plan)

    async def _draft_user(self, draft: Draft, user: User) -> None:
        """Draft a new user. Raises AlreadyExists when the id or the address is taken."""
        address = folded(user.email)
        await self._check_free("users", user.user_id, address)
        draft.put("users", user.user_id, fields_of(user, unique=address))
