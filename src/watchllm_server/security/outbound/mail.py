"""Letters: given up to the mail server of the settings, beside the event loop and with a bound of time."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from watchllm_server import telemetry
from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings

_PORTS: Final = {"smtp": 587, "smtps": 465}


class Mailer:
    """Sends letters, if the settings say where to."""

    def __init__(self, settings: Settings) -> None:
        self._url = _read_url(settings.smtp_url.get_secret_value() if settings.smtp_url else "")
        self._from = settings.mail_from
        self._timeout_s = settings.mail_timeout_s

    @property
    def is_set(self) -> bool:
        """Tell whether letters can be sent at all."""
        return self._url is not None

    async def send(self, to: str, subject: str, text: str) -> bool:
        """Give a letter up; tells whether the mail server took it. What it holds is never logged."""
        if self._url is None:
            return False
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._from, to, subject
        letter["Date"], letter["Message-ID"] = formatdate(usegmt=True), make_msgid("watchllm")
        # Programs that answer for people who are away should not answer this.
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        try:
            await asyncio.to_thread(self._give_up, self._url, letter)
        except (OSError, smtplib.SMTPException) as error:
            telemetry.mail_failed(_words_of(error))
            return False
        return True

    def _give_up(self, url: SplitResult, letter: EmailMessage) -> None:
        host, port = url.hostname or "", url.port or _PORTS[url.scheme]
        trusted = ssl.create_default_context()
        if url.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=self._timeout_s, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=self._timeout_s)
        with server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=trusted)
                server.ehlo()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(letter)


def _words_of(error: OSError | smtplib.SMTPException) -> str:
    """Return what may be logged: the server's own words may hold the address that a letter was for."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else error.strerror
    return f"{type(error).__name__}: {code}" if code else type(error).__name__


def _read_url(url: str) -> SplitResult | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme in _PORTS and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    # Without the value: it holds a password.
    raise SettingsError("WATCHLLM_SMTP_URL must be smtp[s]://user:password@host:port")
