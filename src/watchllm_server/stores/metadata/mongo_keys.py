"""API keys in MongoDB. A key of a deleted project is none until the project is restored."""

from __future__ import annotations

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import ApiKey
from watchllm_server.stores.metadata.contract import LimitReached
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import KEY_USES, fields_of, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog
from watchllm_server.stores.metadata.mongo_server import Document


class MongoKeys(MongoLog):
    """The part of `contract.MetadataStore` about API keys."""

    async def add_api_key(self, key: ApiKey, audit: AuditEntry | None = None, *, most: int | None = None) -> None:
        async def plan() -> Draft:
            draft = Draft()
            await self._draft_key(draft, key, most)
            return draft

        await self._change(plan, audit=audit)

    async def find_api_key(self, key_id: str) -> ApiKey | None:
        async def read() -> list[ApiKey]:
            found = await self._find("api_keys", key_id)
            return await self._as_last_used([found]) if found and await self._is_alive(found["project_id"]) else []

        return _first(await self._read(read))

    async def find_api_key_by_hash(self, key_hash: str) -> ApiKey | None:
        async def read() -> list[ApiKey]:
            found = await self._list("api_keys", unique=key_hash)
            return await self._as_last_used(found) if found and await self._is_alive(found[0]["project_id"]) else []

        return _first(await self._read(read))

    async def list_api_keys(self, project_id: str) -> list[ApiKey]:
        async def read() -> list[ApiKey]:
            return await self._as_last_used(await self._list("api_keys", project_id=project_id))

        return sorted(await self._read(read), key=lambda key: (key.created_at_us, key.key_id))

    async def revoke_api_key(self, key_id: str, at_us: int, audit: AuditEntry | None = None) -> bool:
        async def plan() -> Draft | None:
            found = await self._find("api_keys", key_id)
            if found is None or found["revoked_at_us"] is not None:
                return None
            draft = Draft()
            draft.set("api_keys", key_id, revoked_at_us=at_us)
            return draft

        return await self._change(plan, audit=audit)

    async def rotate_api_key(
        self, old_key_id: str, old_expires_us: int, new: ApiKey, audit: AuditEntry, *, most: int | None = None
    ) -> bool:
        async def plan() -> Draft | None:
            old = await self._find("api_keys", old_key_id)
            # Nothing is made beside a key that was revoked meanwhile.
            if old is None or old["project_id"] != new.project_id or old["revoked_at_us"] is not None:
                return None
            draft = Draft()
            ends = old_expires_us if old["expires_at_us"] is None else min(old["expires_at_us"], old_expires_us)
            draft.set("api_keys", old_key_id, expires_at_us=ends)
            await self._draft_key(draft, new, most, beside=old_key_id)
            return draft

        return await self._change(plan, audit=audit)

    async def touch_api_key(self, key_id: str, used_us: int) -> None:
        if await self._read(lambda: self._find("api_keys", key_id)) is not None:
            await self._note(KEY_USES, {"_id": key_id, "at_us": used_us})

    async def _draft_key(self, draft: Draft, key: ApiKey, most: int | None, *, beside: str = "") -> None:
        """Draft a new key. Raises LimitReached when the project has `most` that work, not counting that of `beside`."""
        if most is not None:
            held = [
                one
                for one in await self._list("api_keys", project_id=key.project_id, revoked_at_us=None)
                if one["_id"] != beside and (one["expires_at_us"] is None or one["expires_at_us"] > key.created_at_us)
            ]
            if len(held) >= most:
                raise LimitReached(f"{most} keys")
        await self._check_free("api_keys", key.key_id, key.key_hash)
        await self._check_there("projects", key.project_id)
        draft.put("api_keys", key.key_id, fields_of(key, unique=key.key_hash))

    async def _as_last_used(self, found: list[Document]) -> list[ApiKey]:
        """Return keys with when each was used last, which is noted beside them."""
        uses = await self._uses(KEY_USES, [key["_id"] for key in found])
        used = ({**key, "last_used_us": uses.get(key["_id"], key["last_used_us"])} for key in found)
        return [record_of(key, ApiKey) for key in used]


def _first(keys: list[ApiKey]) -> ApiKey | None:
    return keys[0] if keys else None
