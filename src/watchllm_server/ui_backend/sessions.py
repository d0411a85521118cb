"""Signed-in browsers: a random cookie whose keyed hash is stored, renewed at every login."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from watchllm_server.clock import Clock
from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.project import Session, User
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.security.tokens import equal, keyed_hash, new_session_token
from watchllm_server.settings import Settings
from watchllm_server.stores.metadata.contract import MetadataStore

# Writing every request's time would make each read a write; a minute is exact enough for an idle limit.
TOUCH_US: Final = 60 * MICROSECONDS
NAME_CHARS: Final = 16


class Sessions:
    """Starts, finds and ends sessions."""

    def __init__(self, metadata: MetadataStore, clock: Clock, pepper: bytes, settings: Settings) -> None:
        self._metadata = metadata
        self._clock = clock
        self._pepper = pepper
        self._idle_us = int(settings.session_idle_s * MICROSECONDS)
        self._max_us = int(settings.session_max_s * MICROSECONDS)
        self._is_secure = settings.behind_proxy
        # The prefix makes a browser refuse the cookie without Secure and Path=/; plain loopback cannot have it.
        self.cookie = "__Host-session" if self._is_secure else "session"

    async def start(
        self, user_id: str, request: HTTPConnection, response: Response, audit: AuditEntry | None = None
    ) -> None:
        """Sign the browser in with a new cookie; the one it had is worth nothing any more."""
        await self._remove(request)
        token, now_us = new_session_token(), self._clock.now_us()
        await self._metadata.add_session(
            Session(
                session_hash=keyed_hash(self._pepper, token),
                user_id=user_id,
                created_at_us=now_us,
                last_seen_us=now_us,
                expires_at_us=now_us + self._max_us,
            ),
            audit,
        )
        response.set_cookie(
            self.cookie, token, max_age=self._max_us // MICROSECONDS, path="/", secure=self._is_secure, httponly=True,
            samesite="lax",
        )  # fmt: skip

    async def find_user(self, request: HTTPConnection) -> User | None:
        """Return who is signed in, or None."""
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        session = await self._metadata.find_session(keyed_hash(self._pepper, token))
        now_us = self._clock.now_us()
        if session is None or session.expires_at_us <= now_us or session.last_seen_us + self._idle_us <= now_us:
            return None
        if now_us - session.last_seen_us > TOUCH_US:
            await self._metadata.touch_session(session.session_hash, now_us)
        return await self._metadata.find_user(session.user_id)

    async def list_of(self, user: User, request: HTTPConnection) -> list[tuple[str, Session, bool]]:
        """Return the user's open sessions by name, the newest first, and whether each is the one of the request.

        The name is a part of the hash: enough to tell one's sessions apart, and worth nothing as a credential.
        """
        token, now_us = request.cookies.get(self.cookie), self._clock.now_us()
        here = keyed_hash(self._pepper, token) if token else ""
        return [
            (session.session_hash[:NAME_CHARS], session, equal(session.session_hash, here))
            for session in await self._metadata.list_sessions(user.user_id)
            if session.expires_at_us > now_us and session.last_seen_us + self._idle_us > now_us
        ]

    async def end(self, request: HTTPConnection, response: Response, audit: AuditEntry) -> None:
        """Sign the browser out."""
        await self._remove(request, audit)
        response.delete_cookie(self.cookie, path="/", secure=self._is_secure, httponly=True, samesite="lax")

    async def _remove(self, request: HTTPConnection, audit: AuditEntry | None = None) -> None:
        token = request.cookies.get(self.cookie)
        if token:
            await self._metadata.remove_session(keyed_hash(self._pepper, token), audit)
