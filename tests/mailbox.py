"""A real mail server on loopback, that keeps what it is given."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER: Final = "watch"
SECRET: Final = "s3cret pass"


class Mailbox:
    """Keeps what the mail server took, from those who signed in."""

    def __init__(self, port: int) -> None:
        self.letters: list[EmailMessage] = []
        self.url = f"smtp://{USER}:{quote(SECRET)}@127.0.0.1:{port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if not session.authenticated:
            return "530 sign in first"
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def to(self, email: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if letter["To"] == email]


@contextmanager
def mail_server() -> Generator[Mailbox]:
    """Run a mail server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox(port)
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=_authenticate, auth_require_tls=False, ready_timeout=30
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), SECRET.encode())
    return AuthResult(success=is_right)
