"""Sessions and login links in MongoDB: what ends by itself, and leaves nothing behind once it would have ended."""

from __future__ import annotations

from typing import Final

from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import LinkPurpose, LoginLink, Session
from watchllm_server.stores.metadata.mongo_changes import Draft
from watchllm_server.stores.metadata.mongo_collections import SESSION_USES, fields_of, record_of
from watchllm_server.stores.metadata.mongo_log import MongoLog
from watchllm_server.stores.metadata.mongo_server import Document

_COLLECTIONS_THAT_EXPIRE: Final = ("sessions", "login_links", "invites", SESSION_USES)


class MongoSessions(MongoLog):
    """The part of `contract.MetadataStore` about sessions and login links."""

    async def add_session(self, session: Session, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft:
            await self._check_free("sessions", session.session_hash)
            await self._check_there("users", session.user_id)
            await self._forget_expired(session.created_at_us)
            draft = Draft()
            draft.put("sessions", session.session_hash, fields_of(session))
            return draft

        await self._change(plan, audit=audit)

    async def find_session(self, session_hash: str) -> Session | None:
        async def read() -> list[Session]:
            found = await self._find("sessions", session_hash)
            return await self._as_last_seen([found]) if found else []

        found = await self._read(read)
        return found[0] if found else None

    async def list_sessions(self, user_id: str) -> list[Session]:
        async def read() -> list[Session]:
            return await self._as_last_seen(await self._list("sessions", user_id=user_id))

        return sorted(await self._read(read), key=lambda found: (-found.created_at_us, found.session_hash))

    async def touch_session(self, session_hash: str, seen_us: int) -> None:
        session = await self._read(lambda: self._find("sessions", session_hash))
        if session is not None:
            use = {"_id": session_hash, "at_us": seen_us, "expires_at_us": session["expires_at_us"]}
            await self._note(SESSION_USES, use)

    async def remove_session(self, session_hash: str, audit: AuditEntry | None = None) -> None:
        async def plan() -> Draft | None:
            session = await self._find("sessions", session_hash)
            if session is None:
                return None
            draft = Draft()
            draft.remove("sessions", session_hash, expires_at_us=session["expires_at_us"])
            return draft

        await self._change(plan, audit=audit)

    async def add_login_link(self, link: LoginLink) -> None:
        async def plan() -> Draft:
            await self._check_free("login_links", link.link_hash)
            await self._check_there("users", link.user_id)
            draft = Draft()
            draft.put("login_links", link.link_hash, fields_of(link))
            return draft

        await self._change(plan)

    async def find_login_link(self, link_hash: str, now_us: int, purpose: LinkPurpose = "login") -> LoginLink | None:
        found = await self._read(lambda: self._find("login_links", link_hash))
        return _if_valid(found, now_us) if found and found["purpose"] == purpose else None

    async def take_login_link(self, link_hash: str, now_us: int, purpose: LinkPurpose = "login") -> LoginLink | None:
        taken: Document = {}

        async def plan() -> Draft | None:
            nonlocal taken
            found = await self._find("login_links", link_hash)
            if found is None or found["purpose"] != purpose:
                return None
            taken = found
            draft = Draft()
            draft.remove("login_links", link_hash, expires_at_us=found["expires_at_us"])
            return draft

        # In the log, since a commit has one winner on every server. The version stays: no right has ended.
        return _if_valid(taken, now_us) if await self._change(plan, moves_version=False) else None

    async def _forget_expired(self, now_us: int) -> None:
        """Delete what has expired, and with it what is left of that which was removed before.

        Beside the log: what has expired is worth nothing, so that it does not matter when it goes, nor whether a change
        that is applied late brings it back until the next session.
        """
        for collection in _COLLECTIONS_THAT_EXPIRE:
            await self._server.delete(collection, {"expires_at_us": {"$lte": now_us}})

    async def _as_last_seen(self, found: list[Document]) -> list[Session]:
        """Return sessions with when each was seen last, which is noted beside them."""
        uses = await self._uses(SESSION_USES, [session["_id"] for session in found])
        seen = ({**session, "last_seen_us": uses.get(session["_id"], session["last_seen_us"])} for session in found)
        return [record_of(session, Session) for session in seen]


def _if_valid(found: Document, now_us: int) -> LoginLink | None:
    return record_of(found, LoginLink) if found["expires_at_us"] > now_us else None
