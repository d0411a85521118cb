"""Makes an OpenAI or Anthropic client report its own calls: `wrap(client)` returns the same client.

Methods are replaced on the client's own objects, never on the provider's classes: other clients in the process
stay as they are. Results are the provider's objects, exceptions and chunks pass at once and unchanged, and
whatever cannot be read is not recorded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from watchllm import _notices
from watchllm._gate import import_gate

if TYPE_CHECKING:
    from watchllm._requests import Api

_C = TypeVar("_C")

# Stands on a method that is ours already.
_MARK = "__watchllm_wrapped__"


def wrap(client: _C = cast(Any, None), *more: object, **unknown: object) -> _C:
    """Record every model call of an OpenAI or Anthropic client, sync or async, streamed or not.

    The client is changed in place and returned. What it calls inside a span becomes that span's child. Anything
    else than such a client is returned as it is, with one warning.
    """
    if more or unknown:
        _notices.warn("wrap", "watchllm.wrap() ignored unknown arguments")
    try:
        if not _wrapped(client):
            _notices.warn("wrap", "watchllm.wrap() was ignored: it takes a client of the openai or anthropic package")
    except Exception as problem:
        _notices.fault("wrap", problem)
    return client


def _wrapped(client: Any) -> bool:
    with import_gate:
        from watchllm._requests import APIS, provider_of

    package = next((name for name in map(_package, type(client).__mro__) if name in APIS), "")
    if not package:
        return False
    provider = provider_of(client)
    found = [_replace_all(client, api, provider) for api in APIS[package]]
    for name in ("copy", "with_options"):
        _replace(client, name, _wrapping_result)
    return any(found)


def _package(kind: type[Any]) -> str:
    return str(kind.__module__).partition(".")[0]


def _replace_all(client: Any, api: Api, provider: str) -> bool:
    with import_gate:
        from watchllm._recording import recorded

    owner = client
    for name in api.path:
        # An older client has fewer parts.
        owner = getattr(owner, name, None)
    if owner is None:
        return False
    make = functools.partial(recorded, api=api, provider=provider)
    found = [_replace(owner, method, make) for method in api.methods]
    return any(found)


def _replace(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> bool:
    """Put our method in the place of one of an object; returns whether there is one now."""
    method = getattr(owner, name, None)
    if method is None or not callable(method):
        return False
    if not hasattr(method, _MARK):
        ours = functools.update_wrapper(make(method), method)
        setattr(ours, _MARK, True)
        setattr(owner, name, ours)
    return True


def _wrapping_result(method: Callable[..., Any]) -> Callable[..., Any]:
    def copied(*args: Any, **kwargs: Any) -> Any:
        return wrap(method(*args, **kwargs))

    return copied
