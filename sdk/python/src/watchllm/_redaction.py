"""Takes secrets out of an event before it is queued: the host's hook, then secret names, then patterns.

Works on copies that are plain JSON values, on the calling thread, and never raises: what a hook fails on is
replaced. The rules and their cases are shared with the other SDKs (`sdk/vectors`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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
# Each with texts of which one must occur for it to match: looking for those takes a hundredth of the time.
_PATTERNS = (
    (("earer ",), r"\b[Bb]earer +(?=\S*[0-9])[A-Za-z0-9._~+/=-]{16,}"),
    (("sk-",), r"\bsk-[A-Za-z0-9_-]{20,}"),
    (("wl_",), r"\bwl_[A-Za-z0-9_]{29,}"),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{36,}"),
    (("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    (("AIza",), r"\bAIza[A-Za-z0-9_-]{35}"),
    (("xox",), r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    (("eyJ",), r"\beyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,2048}"),
    (
        ("-----BEGIN ",),
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]{0,8192}-----END [A-Z ]{0,20}PRIVATE KEY-----",
    ),
)
# Fields whose members a hook is asked about one by one.
_BY_MEMBER = frozenset({"metadata", "attributes"})
_NOT_TEXT = (int, float, bool, type(None))
# A key is short; a name longer than this is none, and comparing it would cost more than it is worth.
_MAX_SECRET_KEY = 32


class _Pattern(NamedTuple):
    signs: tuple[str, ...]
    regex: re.Pattern[str]

    def replaced(self, text: str) -> str:
        if self.signs and not any(sign in text for sign in self.signs):
            return text
        return self.regex.sub(REDACTED, text)


class Redactor:
    """Applies what `init()` said about redaction to entries on their way into the queue."""

    def __init__(self, hook: RedactHook | None, patterns: Iterable[str], *, with_defaults: bool) -> None:
        import re

        self._hook = hook
        self._has_secret_keys = with_defaults
        known = _PATTERNS if with_defaults else ()
        self._patterns = (
            *(_Pattern(signs, re.compile(text, re.ASCII)) for signs, text in known),
            *(_Pattern((), re.compile(text, re.ASCII)) for text in patterns),
        )

    def apply(self, entry: Entry) -> None:
        """Replace what must not be sent in the body of an entry and in the metadata of its scope."""
        before = entry.size
        entry.body = self.redacted(entry.body, entry)
        if entry.scope.metadata:
            metadata = self.redacted({"metadata": entry.scope.metadata}, entry)["metadata"]
            is_mapping = isinstance(metadata, Mapping)
            entry.scope = entry.scope._replace(metadata=metadata if is_mapping else {"redacted": metadata})
        entry.size = max(before, entry.size)

    def redacted(self, body: Mapping[str, Any], entry: Entry | None = None) -> dict[str, Any]:
        """Return the body as it may be sent; `entry` is told how much larger the hook has made it."""
        asked = body if self._hook is None else self._asked(body, self._hook, entry)
        return cast("dict[str, Any]", self._clean(asked))

    def _asked(self, body: Mapping[str, Any], hook: RedactHook, entry: Entry | None) -> dict[str, Any]:
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
        kind: Any = type(cast(object, value))
        if kind is str:
            for pattern in self._patterns:
                value = pattern.replaced(value)
            return value
        if kind is dict:
            return self._clean_mapping(value)
        if kind is list or kind is tuple:
            # An embedding has a thousand numbers and nothing to find.
            return value if set(map(type, value)) == {float} else self._clean_series(value)
        return value

    def _clean_mapping(self, mapping: dict[str, Any]) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for name, member in mapping.items():
            cleaned = REDACTED if self._is_secret(name, member) else self._clean(member)
            if cleaned is not member:
                changed[name] = cleaned
        return {**mapping, **changed} if changed else mapping

    def _clean_series(self, items: list[Any]) -> list[Any]:
        cleaned = [self._clean(item) for item in items]
        is_same = all(new is old for new, old in zip(cleaned, items, strict=True))
        return items if is_same else cleaned

    def _is_secret(self, name: str, member: object) -> bool:
        if not self._has_secret_keys or len(name) > _MAX_SECRET_KEY or isinstance(member, _NOT_TEXT):
            return False
        return name.lower().replace("-", "").replace("_", "") in _SECRET_KEYS


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
