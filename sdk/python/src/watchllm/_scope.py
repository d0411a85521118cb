"""What surrounds an event besides its span: the session, end user and tags that `context()` set.

It follows the host's own flow through threads and tasks, by contextvars; nothing here is shared between two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar, Token
from itertools import islice
from types import TracebackType
from typing import Any, NamedTuple, cast

from watchllm import _notices
from watchllm._values import clean_id, clean_label, freeze

# The server's limit for the tags of one event.
MAX_TAGS = 50


class Scope(NamedTuple):
    """The envelope fields that a `context()` adds to every event inside; "" and empty mean that it says nothing."""

    session_id: str = ""
    user_id: str = ""
    environment: str = ""
    release: str = ""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = {}  # never changed, so that the shared default is safe

    def inside(self, outer: Scope) -> Scope:
        """Return this scope within another: what it says wins, tags and metadata are added."""
        if outer is NO_SCOPE:
            return self
        return Scope(
            self.session_id or outer.session_id,
            self.user_id or outer.user_id,
            self.environment or outer.environment,
            self.release or outer.release,
            tuple(dict.fromkeys((*outer.tags, *self.tags)))[:MAX_TAGS],
            {**outer.metadata, **self.metadata},
        )


NO_SCOPE = Scope()

current_scope_var: ContextVar[Scope] = ContextVar("watchllm_scope", default=NO_SCOPE)


def scope_from(given: Mapping[str, Any]) -> Scope:
    """Return the scope that keyword arguments of `context()` or of an event ask for; other keys are not read."""
    tags, metadata = given.get("tags"), given.get("metadata")
    return Scope(
        clean_id(given.get("session_id")),
        clean_id(given.get("user_id")),
        clean_label(given.get("environment")),
        clean_label(given.get("release")),
        _clean_tags(tags) if tags is not None else (),
        freeze(cast(object, metadata))[0] if isinstance(metadata, Mapping) else {},
    )


def _clean_tags(tags: Any) -> tuple[str, ...]:
    # One tag as a plain string is what people write by mistake; its letters are never meant.
    found = islice([tags] if isinstance(tags, str) else tags, MAX_TAGS)
    return tuple(dict.fromkeys(tag for tag in map(clean_id, found) if tag))


class Context:
    """Adds fields to every event inside it; see `watchllm.context`."""

    __slots__ = ("_scope", "_token")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._token: Token[Scope] | None = None

    def __enter__(self) -> Context:
        if self._scope is not NO_SCOPE:
            self._token = current_scope_var.set(self._scope.inside(current_scope_var.get()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        token, self._token = self._token, None
        if token is not None:
            try:
                current_scope_var.reset(token)
            except (ValueError, RuntimeError):
                # Left in another task or thread than it was entered in: that one's scope is not ours to change.
                return

    async def __aenter__(self) -> Context:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, problem, trace)


@_notices.never_raises(Context(NO_SCOPE))
def context(
    *,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, object] | None = None,
    environment: str | None = None,
    release: str | None = None,
) -> Context:
    """Give every event inside the `with` these fields; inner contexts win, tags and metadata add up.

    A span takes what holds where it begins. `async with` works too.
    """
    return Context(
        scope_from(
            {
                "session_id": session_id,
                "user_id": user_id,
                "tags": tags,
                "metadata": metadata,
                "environment": environment,
                "release": release,
            }
        )
    )
