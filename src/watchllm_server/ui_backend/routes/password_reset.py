"""A lost password: a letter with a link that works once, and the new password at its end."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, StringConstraints

from watchllm_server.errors import Conflict, Unauthenticated
from watchllm_server.model.project import LoginLink
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.security import passwords
from watchllm_server.security.tokens import keyed_hash, new_link_token
from watchllm_server.ui_backend.auditing import account_entry, address_of
from watchllm_server.ui_backend.letters_out import reset_letter
from watchllm_server.ui_backend.limits import LoginLimits, ResetLimits
from watchllm_server.ui_backend.names import Strict
from watchllm_server.ui_backend.routes.auth import SignedInAnswer, set_password
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/auth/reset", tags=["auth"])
Short = Annotated[str, StringConstraints(max_length=256)]

# An hour: letters are late sometimes, and a link that lies in a mailbox for longer is found by others.
_LASTS_US: Final = 3_600 * MICROSECONDS


class ResetRequest(Strict):
    """Whose password is lost."""

    email: Short


class Reset(Strict):
    """The token of the link, and the new password."""

    token: Short
    new: Short


class ResetAnswer(BaseModel):
    """The same for every address, whether it has an account or not."""

    status: str = "requested"


@router.post("", status_code=202, summary="Ask for a new password")
async def request_reset(request: Request, body: ResetRequest) -> ResetAnswer:
    """Send a letter with a link, if the address has an account."""
    parts = services(request)
    if not parts.mailer.is_set:
        raise Conflict(
            "this server sends no letters; whoever runs it can help: `watchllm admin reset-password`", code="no_mail"
        )
    await cast(ResetLimits, request.app.state.reset_limits).check(address_of(request), body.email.lower())
    # Beside the answer, which must take as long for an address without an account.
    writing = asyncio.create_task(_write(parts, request, body.email))
    parts.pending.add(writing)
    writing.add_done_callback(parts.pending.discard)
    return ResetAnswer()


@router.put("", summary="Set a new password with a link")
async def reset_password(request: Request, response: Response, body: Reset) -> SignedInAnswer:
    """Set the password and sign in; the link, and every session, is worth nothing any more."""
    parts = services(request)
    await cast(LoginLimits, request.app.state.login_limits).check(address_of(request), "")
    hashed, now_us = keyed_hash(parts.pepper, body.token), parts.clock.now_us()
    link = await parts.metadata.find_login_link(hashed, now_us, "reset")
    user = await parts.metadata.find_user(link.user_id) if link else None
    if link is None or user is None:
        raise _bad_link()
    # Before the link is used up: a password that is refused can be mended.
    await passwords.check_strength(body.new, user.email)
    if await parts.metadata.take_login_link(hashed, now_us, "reset") is None:
        raise _bad_link()
    return await set_password(parts, user, body.new, request, response)


async def _write(parts: Services, request: Request, email: str) -> None:
    user = await parts.metadata.find_user_by_email(email)
    entry = account_entry(request, "auth:ask_reset", user.user_id if user else "", {"email": email})
    await parts.metadata.add_audit(entry)
    if user is None:
        return
    token, now_us = new_link_token(), parts.clock.now_us()
    link = LoginLink(
        link_hash=keyed_hash(parts.pepper, token), user_id=user.user_id, created_at_us=now_us,
        expires_at_us=now_us + _LASTS_US, purpose="reset",
    )  # fmt: skip
    await parts.metadata.add_login_link(link)
    await parts.mailer.send(user.email, *reset_letter(parts.public_url(), token))


def _bad_link() -> Unauthenticated:
    return Unauthenticated("this link was used or has expired; ask for another", code="bad_link")
