"""Reads the settings of the SDK from arguments and environment; never connects anywhere and never shows the key."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from watchllm._values import clean_id, clean_label

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
# The server's limit for one native batch.
MAX_BATCH_EVENTS = 100

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


class ConfigurationError(ValueError):
    """A setting that cannot work; the text says which one and what would."""


class Settings(NamedTuple):
    """Everything that `init()` decided."""

    api_key: str = ""
    base_url: str = DEFAULT_BASE_URL
    project: str = ""
    environment: str = ""
    release: str = ""
    enabled: bool = True
    max_retries: int = 3
    flush_at: int = MAX_BATCH_EVENTS
    flush_interval_s: float = 1.0
    request_timeout_s: float = 10.0
    exit_timeout_s: float = 5.0
    sample_rate: float = 1.0
    redact: Callable[[Any, str], Any] | None = None
    redact_patterns: tuple[str, ...] = ()
    redact_defaults: bool = True

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r}, project={self.project!r}, enabled={self.enabled})"


def read_settings(given: Mapping[str, object], environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings from arguments that are not None, else the environment, else the defaults.

    Raises ConfigurationError, unless they say that the SDK is off: then nothing else matters.
    """
    enabled = _switch(given.get("enabled"), environ.get("WATCHLLM_ENABLED"))
    if not enabled:
        return Settings(enabled=False)
    api_key = _text("api_key", given, environ, "WATCHLLM_API_KEY")
    if not api_key:
        raise ConfigurationError("there is no API key: pass api_key or set WATCHLLM_API_KEY")
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise ConfigurationError("api_key has characters that an HTTP header cannot carry")
    return Settings(
        api_key=api_key,
        base_url=_checked_url(_text("base_url", given, environ, "WATCHLLM_BASE_URL") or DEFAULT_BASE_URL),
        project=clean_id(_text("project", given, environ, "WATCHLLM_PROJECT")),
        environment=clean_label(_text("environment", given, environ, "WATCHLLM_ENVIRONMENT")),
        release=clean_label(_text("release", given, environ, "WATCHLLM_RELEASE")),
        max_retries=int(_number("max_retries", given, 3, 0, 10)),
        flush_at=int(_number("flush_at", given, MAX_BATCH_EVENTS, 1, MAX_BATCH_EVENTS)),
        flush_interval_s=_number("flush_interval_s", given, 1.0, 0.01, 3600),
        request_timeout_s=_number("request_timeout_s", given, 10.0, 0.1, 600),
        exit_timeout_s=_number("exit_timeout_s", given, 5.0, 0, 3600),
        sample_rate=_sample_rate(given, environ.get("WATCHLLM_SAMPLE_RATE", "").strip()),
        redact=_hook(given.get("redact")),
        redact_patterns=_patterns(given.get("redact_patterns")),
        redact_defaults=_flag("redact_defaults", given),
    )


def _text(name: str, given: Mapping[str, object], environ: Mapping[str, str], variable: str) -> str:
    value = given.get(name)
    if value is None:
        # A trailing newline is what most secret stores add.
        return environ.get(variable, "").strip()
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a string")
    return value.strip()


def _switch(given: object, variable: str | None) -> bool:
    if isinstance(given, bool):
        return given
    if given is not None:
        raise ConfigurationError("enabled must be True or False")
    word = (variable or "").strip().lower()
    if word in _NO:
        return False
    if word and word not in _YES:
        raise ConfigurationError("WATCHLLM_ENABLED must be one of 1, true, yes, on, 0, false, no, off")
    return True


def _number(name: str, given: Mapping[str, object], default: float, low: float, high: float) -> float:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ConfigurationError(f"{name} must be a number from {low} to {high}")
    return value


def _sample_rate(given: Mapping[str, object], variable: str) -> float:
    if given.get("sample_rate") is not None or not variable:
        return _number("sample_rate", given, 1.0, 0, 1)
    try:
        return _number("sample_rate", {"sample_rate": float(variable)}, 1.0, 0, 1)
    except ValueError:
        raise ConfigurationError("WATCHLLM_SAMPLE_RATE must be a number from 0 to 1") from None


def _flag(name: str, given: Mapping[str, object]) -> bool:
    value = given.get(name)
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"{name} must be True or False")
    return value is not False


# Where redaction was asked for and cannot work, sending everything would be worse than sending nothing.
def _hook(given: object) -> Callable[[Any, str], Any] | None:
    if given is not None and not callable(given):
        raise ConfigurationError("redact must be a function of a value and the name of its field")
    return given


def _patterns(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    import re

    wanted = "redact_patterns must be a list of regular expressions"
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ConfigurationError(wanted)
    found: list[str] = []
    for one in cast("Iterable[object]", given):
        text = one.pattern if isinstance(one, re.Pattern) else one  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        try:
            re.compile(cast(str, text), re.ASCII)
        except Exception:
            raise ConfigurationError(wanted) from None
        if not isinstance(text, str):
            raise ConfigurationError(wanted)
        found.append(text)
    return tuple(found)


def _checked_url(url: str) -> str:
    from urllib.parse import urlsplit

    wanted = "base_url must look like http://host:port or https://host"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(wanted) from None
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigurationError(wanted)
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(f"{wanted}, without a user, a query or a fragment")
    return url.rstrip("/")
