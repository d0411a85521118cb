"""Takes secrets out of an event before it is queued: the host's hook, then secret names, then patterns.

Works on copies that are plain JSON values, on the calling thread, and never raises: what a hook fails on is
replaced. The rules and their cases are shared with the other SDKs (`sdk/vectors`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from watchllm import _notices
from watchllm._entry import Entry
from watchllm._values import freeze

if TYPE_CHECKING:
    import re

RedactHook = Callable[[Any, str], Any]

REDACTED = "[redacted]"
FAILED = "[redaction failed]"

# Compared in lower case without "-" and "_".
_SECRET_KEYS = frozenset(
    {
        "authorization",
        "proxyauthorization",
        "apikey",
        "xapikey",
        "password",
        "passwd",
        "secret",
        "clientsecret",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "privatekey",
        "cookie",
        "setcookie",
    }
)
_PATTERNS = (
    r"\b[Bb]earer +(?=\S*[0-9])[A-Za-z0-9._~+/=-]{16,}",
    r"\bsk-[A-Za-z0-9_-]{20,}",
    r"\bwl_[A-Za-z0-9_]{29,}",
    r"\bgh[pousr]_[A-Za-z0-9]{36,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\beyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,2048}",
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]{0,8192}-----END [A-Z ]{0,20}PRIVATE KEY-----",
)
# Most texts hold no secret, and looking for nine patterns takes 60 µs for a kilobyte. So each pattern is found by a
# text that all of its matches hold, which takes 0.1 µs to miss, and then by what stands around it.
_SIGNS = (
    ("earer ", r"earer +(?=\S*[0-9])[A-Za-z0-9._~+/=-]{16}"),
    ("-", r"-(?:(?<=\bsk-)[A-Za-z0-9_-]{20}|(?<=\bxox[abprs]-)[A-Za-z0-9-]{10}|----BEGIN )"),
    ("_", r"_(?:(?<=\bwl_)[A-Za-z0-9_]{29}|(?<=\bgh[pousr]_)[A-Za-z0-9]{36})"),
    ("A", r"A(?:[KS]IA[A-Z0-9]{16}|Iza[A-Za-z0-9_-]{35})"),
    ("J", r"J(?<=\beyJ)[A-Za-z0-9_-]{8}"),
)
# The shortest match of them all is one of "xox"; texts that are shorter are not looked at.
_SHORTEST = 15
# Fields whose members a hook is asked about one by one.
_BY_MEMBER = frozenset({"metadata", "attributes"})
_NOT_TEXT = (int, float, bool, type(None))
# The same for exact types, as frozen values have.
_NEITHER_TEXT_NOR_PARTS = frozenset(_NOT_TEXT)
# A key is short; a name longer than this is none, and comparing it would cost more than it is worth.
_MAX_SECRET_KEY = 32


@lru_cache(maxsize=1024)
def _is_secret_key(name: str) -> bool:
    return name.lower().replace("-", "").replace("_", "") in _SECRET_KEYS


class Redactor:
    """Applies what `init()` said about redaction to entries on their way into the queue."""

    def __init__(self, hook: RedactHook | None, patterns: Sequence[str], *, with_defaults: bool) -> None:
        import re

        self._hook = hook
        # A pattern of the host's own may match any text, an empty one included.
        self._shortest = 0 if patterns else _SHORTEST
        self._own = [re.compile(text, re.ASCII) for text in patterns]
        self._known = [re.compile(text, re.ASCII) for text in _PATTERNS]
        self._signs = [(part, re.compile(text, re.ASCII).search) for part, text in _SIGNS] if with_defaults else []

    def apply(self, entry: Entry) -> None:
        """Replace what must not be sent in the body of an entry and in the metadata of its scope."""
        before = entry.size
        entry.body = self.redacted(entry.body, entry)
        if entry.scope.metadata:
            metadata = self.redacted({"metadata": entry.scope.metadata}, entry)["metadata"]
            is_mapping = isinstance(metadata, Mapping)
            entry.scope = entry.scope._replace(metadata=metadata if is_mapping else {"redacted": metadata})
        entry.size = max(before, entry.size)

    def redacted(self, body: dict[str, Any], entry: Entry | None = None) -> dict[str, Any]:
        """Return the body as it may be sent; `entry` is told how much larger the hook has made it."""
        asked = body if self._hook is None else self._asked(body, self._hook, entry)
        return self._clean_mapping(asked)

    def _asked(self, body: dict[str, Any], hook: RedactHook, entry: Entry | None) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for field, value in body.items():
            if field in _BY_MEMBER and isinstance(value, dict):
                members = cast("dict[str, Any]", value)
                answers[field] = {
                    name: _answer(hook, member, f"{field}.{name}", entry) for name, member in members.items()
                }
            elif field == "usage":
                answers[field] = value
            else:
                answers[field] = _answer(hook, value, field, entry)
        return answers

    def _clean(self, value: Any) -> Any:
        """Return the value without secrets; the same object where it has none, since most have none."""
        kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType] - the type of anything
        if kind is str:
            return self._clean_text(value)
        if kind is dict:
            return self._clean_mapping(value)
        if kind is list or kind is tuple:
            # An embedding has a thousand numbers and nothing to find.
            return value if set(map(type, value)) == {float} else self._clean_series(value)
        return value

    def _clean_text(self, text: str) -> str:
        if len(text) < self._shortest:
            return text
        for part, search in self._signs:
            if part in text and search(text):
                text = _replaced(text, self._known)
                break
        return _replaced(text, self._own) if self._own else text

    def _clean_mapping(self, mapping: dict[str, Any]) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for name, member in mapping.items():
            kind: Any = type(member)  # pyright: ignore[reportUnknownVariableType] - the type of anything
            if kind in _NEITHER_TEXT_NOR_PARTS:
                continue
            if self._signs and len(name) <= _MAX_SECRET_KEY and _is_secret_key(name):
                cleaned = REDACTED
            elif kind is str:
                cleaned = member if len(member) < self._shortest else self._clean_text(member)
            else:
                cleaned = self._clean(member)
            if cleaned is not member:
                changed[name] = cleaned
        return {**mapping, **changed} if changed else mapping

    def _clean_series(self, items: list[Any]) -> list[Any]:
        cleaned = [self._clean(item) for item in items]
        is_same = all(new is old for new, old in zip(cleaned, items, strict=True))
        return items if is_same else cleaned


def _replaced(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    for pattern in patterns:
        text = pattern.sub(REDACTED, text)
    return text


def _answer(hook: RedactHook, value: Any, field: str, entry: Entry | None) -> Any:
    if isinstance(value, _NOT_TEXT):
        return value
    try:
        given = hook(value, field)
    except Exception as problem:
        _notices.warn("redact", f"the redact hook raised ({type(problem).__name__}); the field was replaced")
        return FAILED
    if given is value and isinstance(value, str):
        return value
    frozen, size = freeze(given)
    if entry is not None:
        entry.size += size
    return frozen
