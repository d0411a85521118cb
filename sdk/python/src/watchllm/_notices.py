"""Tells the host's log about problems: one line per minute and problem; never a payload, a key or an exception."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from watchllm._gate import import_gate

_P = ParamSpec("_P")
_R = TypeVar("_R")

# A host that logs to a paid service must not pay for our bad day; a person still sees that it goes on.
QUIET_S = 60.0

_last_said: dict[str, float] = {}


def warn(problem: str, text: str) -> None:
    """Log `text` as a warning unless `problem` was said within the last minute.

    MUST NOT be called with a lock held: a handler of the host may call us back, or wait for a lock of its own.
    """
    _say(problem, text, is_error=False)


def error(problem: str, text: str) -> None:
    """Log `text` as an error unless `problem` was said within the last minute."""
    _say(problem, text, is_error=True)


def forget() -> None:
    """Let every problem be said again: after a fork, and between two tests."""
    _last_said.clear()


def _say(problem: str, text: str, *, is_error: bool) -> None:
    now = time.monotonic()
    last = _last_said.get(problem)
    if last is not None and now - last < QUIET_S:
        return
    _last_said[problem] = now
    try:
        # Imported here because a host that is never warned should not pay for it at import.
        with import_gate:
            import logging

        logger = logging.getLogger("watchllm")
        logger.log(logging.ERROR if is_error else logging.WARNING, "%s", text)
    except Exception:  # noqa: S110 - a broken handler of the host is not a reason to break the host
        pass


def fault(place: str, problem: BaseException) -> None:
    """Report an exception that we caught in our own code: its type alone, since its text may hold a payload."""
    text = type(problem).__name__
    trace = problem.__traceback__
    if isinstance(problem, TypeError) and trace is not None and trace.tb_next is None:
        # Raised by the call itself: the text names parameters, which is what the developer needs.
        text = f"{text}: {problem}"
    warn(f"fault:{place}:{text}", f"watchllm.{place} was ignored ({text})")


def never_raises(fallback: _R) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Make a public function answer `fallback` where it would raise, wrong arguments included."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        name = function.__name__

        @functools.wraps(function)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                return function(*args, **kwargs)
            except Exception as problem:
                fault(name, problem)
                return fallback

        return guarded

    return decorate
