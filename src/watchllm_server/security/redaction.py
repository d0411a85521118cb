"""Takes out of texts what a project does not want stored.

Every expression runs on RE2: in time that grows with the text alone, whatever a project's own pattern is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import re2

from watchllm_server.model.redaction import MASK, Detector, OwnPattern, RedactionRules
from watchllm_server.security.tokens import keyed_hash

if TYPE_CHECKING:
    from re2 import Match, Regexp

# So many digits tell apart the people of one project, and lead back to none without the server's key.
_FINGERPRINT_CHARS: Final = 10
# Compared in lower case without what is no letter or digit. The same as those of the SDKs.
_SECRET_NAMES: Final = frozenset(
    {"authorization", "proxyauthorization", "apikey", "xapikey", "password", "passwd", "secret", "clientsecret",
     "accesstoken", "refreshtoken", "idtoken", "privatekey", "cookie", "setcookie"}
)  # fmt: skip
_NO_NAME: Final = re.compile(r"[^a-z0-9]")
_SECRETS: Final = "|".join(
    (
        r"\b[Bb]earer +[A-Za-z0-9._~+/=-]{16,}",
        r"\bsk-[A-Za-z0-9_-]{20,}",
        r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
        r"\bwl_[A-Za-z0-9_]{29,}",
        r"\bgh[pousr]_[A-Za-z0-9]{36,}",
        r"\bgithub_pat_[A-Za-z0-9_]{22,}",
        r"\bhf_[A-Za-z0-9]{30,}",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\bAIza[A-Za-z0-9_-]{35}",
        r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]*-----END [A-Z ]{0,20}PRIVATE KEY-----",
    )
)
_EMAIL: Final = r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}"
# International, or as it is written in North America: fewer forms would miss people, more would take any number.
_PHONE: Final = r"\+\d{1,3}(?:[ .\-]?\(?\d{1,4}\)?){2,5}\d|(?:\(\d{3}\) ?|\b\d{3}[ .\-])\d{3}[ .\-]\d{4}\b"
_CARD: Final = r"\b\d(?:[ \-]?\d){12,18}\b"
_PHONE_DIGITS: Final = range(8, 16)

Change = Callable[["Match"], str]


class BadPattern(Exception):
    """A pattern that cannot be used, and why, in words for who wrote it."""


class Redactor:
    """The rules of one project, compiled. Implements `dialects.contract.Rewriter`."""

    def __init__(self, rules: RedactionRules, pepper: bytes = b"") -> None:
        self._pepper = pepper
        self._has_secrets = "secrets" in rules.detectors
        self._changes: list[tuple[Regexp, Change]] = [
            (_compiled(pattern), change) for name, (pattern, change) in _DETECTORS.items() if name in rules.detectors
        ]
        self._changes += [(_own(each), _masking(f"[redacted:{each.name}]")) for each in rules.patterns]

    def text(self, text: str) -> str:
        """Return the text without what the rules find."""
        for pattern, change in self._changes:
            text = pattern.sub(change, text)
        return text

    def identity(self, text: str) -> str:
        """Return the id of a person or a session; one that is not to be stored becomes another that is as good as it.

        The same id gives the same, so that what belongs together still does.
        """
        changed = self.text(text)
        if changed == text:
            return text
        return f"{changed}:{keyed_hash(self._pepper, text)[:_FINGERPRINT_CHARS]}"

    def is_secret(self, name: str) -> bool:
        """Tell whether whatever stands under this name is taken out."""
        return self._has_secrets and _NO_NAME.sub("", name.rpartition(".")[2].lower()) in _SECRET_NAMES


def check_rules(rules: RedactionRules) -> None:
    """Raise BadPattern for a pattern that cannot be used."""
    for each in rules.patterns:
        _own(each)


def _own(own: OwnPattern) -> Regexp:
    try:
        compiled = _compiled(own.pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise BadPattern(f"{own.name}: {words}") from None
    if compiled.search("") is not None:
        raise BadPattern(f"{own.name}: it matches nothing at all, so it would match everywhere")
    return compiled


def _compiled(pattern: str) -> Regexp:
    options = re2.Options()
    # It would print patterns of projects.
    options.log_errors = False
    return re2.compile(pattern, options)


def _masking(mask: str) -> Change:
    return lambda _: mask


def _secret(match: Match) -> str:
    found = match.group(0)
    # A word after "bearer" is a word; a token has a digit.
    return found if found[:6].lower() == "bearer" and not any(map(str.isdigit, found)) else MASK


def _phone(match: Match) -> str:
    found = match.group(0)
    digits = sum(map(str.isdigit, found))
    return "[redacted:phone]" if digits in _PHONE_DIGITS else found


def _card(match: Match) -> str:
    found = match.group(0)
    return "[redacted:card]" if _has_luhn_digit([int(char) for char in found if char.isdigit()]) else found


def _has_luhn_digit(digits: Sequence[int]) -> bool:
    """Tell whether the last digit is the check digit of the others, as every number of a card has one."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


# In the order in which they run: a number of a card is not half taken for one of a telephone.
_DETECTORS: Final[Mapping[Detector, tuple[str, Change]]] = {
    "secrets": (_SECRETS, _secret),
    "email": (_EMAIL, _masking("[redacted:email]")),
    "card": (_CARD, _card),
    "phone": (_PHONE, _phone),
}
