"""Makes, reads, compares and signs what must not be guessed: API keys, session and link tokens, signatures.

The only place that compares secrets; a stored secret is always a keyed hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import zlib
from typing import Final

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 62**43 > 2**256: the whole strength of the hash that stores it.
_SECRET_CHARS: Final = 43
_ID_CHARS: Final = 12
# 62**6 > 2**32: a CRC always fits.
_CHECK_CHARS: Final = 6
KEY_PREFIX: Final = "wl_"


def equal(first: str, second: str) -> bool:
    """Compare in a time that says nothing about where two texts differ."""
    return hmac.compare_digest(first.encode(), second.encode())


def new_session_token() -> str:
    """Return 256 random bits for a cookie or a password between processes."""
    return secrets.token_urlsafe(32)


def new_link_token() -> str:
    """Return 256 random bits for a one-time login link."""
    return secrets.token_urlsafe(32)


def new_nonce() -> str:
    """Return 128 random bits that mark the styles of one HTML answer."""
    return secrets.token_urlsafe(16)


def keyed_hash(pepper: bytes, text: str) -> str:
    """Return the form in which a secret is stored: HMAC-SHA256 in hex; useless without the pepper."""
    return hmac.new(pepper, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def new_api_key() -> tuple[str, str]:
    """Return (id, key) of a new key: `wl_<id>_<43 base62>_<checksum>`."""
    key_id = _random_text(_ID_CHARS)
    body = f"{KEY_PREFIX}{key_id}_{_random_text(_SECRET_CHARS)}"
    return key_id, f"{body}_{_checksum(body)}"


def read_key_id(key: str) -> str | None:
    """Return the id inside a key that we made, or None when the checksum says that we did not."""
    body, _, check = key.rpartition("_")
    parts = body.split("_")
    if len(parts) != 3 or f"{parts[0]}_" != KEY_PREFIX or not equal(_checksum(body), check):
        return None
    return parts[1]


def shown_prefix(key: str) -> str:
    """Return what may be shown of a key after it was made."""
    return f"{key[:8]}…"


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECK_CHARS):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


class Signer:
    """Signs small payloads, such as cursors, so that they come back as they were given out."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, purpose: str, payload: bytes) -> str:
        """Return a URL-safe token; `purpose` keeps tokens of one use out of another."""
        return _encode(self._mark(purpose, payload) + payload)

    def verify(self, purpose: str, token: str) -> bytes:
        """Return the payload. Raises ValueError when the token was altered or signed for something else."""
        try:
            data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise ValueError("not a token") from None
        mark, payload = data[:16], data[16:]
        if not hmac.compare_digest(mark, self._mark(purpose, payload)):
            raise ValueError("the signature does not match")
        return payload

    def _mark(self, purpose: str, payload: bytes) -> bytes:
        # 128 bits: a cursor in a URL should be short, and a forger gets no second chance to compute.
        return hmac.new(self._key, purpose.encode() + b"\0" + payload, hashlib.sha256).digest()[:16]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
