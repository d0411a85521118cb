"""Records one call of a provider's client: around the call itself, and along the stream that it may return.

A stream keeps its class and attributes: only the iterator inside is exchanged for one that listens. Its span
ends with the last chunk, with an error, or when the stream is dropped, and is marked incomplete then.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from watchllm import _notices
from watchllm._process import active_client
from watchllm._spans import ModelCall
from watchllm._values import freeze, text_of

if TYPE_CHECKING:
    from watchllm._requests import Api
    from watchllm._streams import Gathered

# The clients call some of their own methods, which we have replaced too: only the outermost is recorded.
_is_recording: ContextVar[bool] = ContextVar("watchllm_is_recording", default=False)

_RAW_HEADER = "X-Stainless-Raw-Response"


def recorded(method: Callable[..., Any], api: Api, provider: str) -> Callable[..., Any]:
    """Return a method that records each call of `method`."""
    if method.__name__ == "stream":
        return _managed(method, api, provider)
    if inspect.iscoroutinefunction(inspect.unwrap(method)):
        return _async_call(method, api, provider)
    return _sync_call(method, api, provider)


def _sync_call(method: Callable[..., Any], api: Api, provider: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        recording = _open(api, provider, kwargs)
        if recording is None:
            return method(*args, **kwargs)
        token = _is_recording.set(True)
        try:
            result = method(*args, **kwargs)
        except BaseException as problem:
            recording.fail(problem)
            raise
        finally:
            _is_recording.reset(token)
        if inspect.isawaitable(result):
            # A method of an async client that is no coroutine function by itself, such as a decorated one.
            return _awaited(result, recording)
        recording.settle(_parsed(result, kwargs))
        return result

    return call


def _async_call(method: Callable[..., Any], api: Api, provider: str) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        recording = _open(api, provider, kwargs)
        if recording is None:
            return await method(*args, **kwargs)
        return await _awaited(method(*args, **kwargs), recording, kwargs)

    return call


async def _awaited(result: Awaitable[Any], recording: Recording, arguments: Mapping[str, Any] | None = None) -> Any:
    token = _is_recording.set(True)
    try:
        value = await result
    except BaseException as problem:
        recording.fail(problem)
        raise
    finally:
        _is_recording.reset(token)
    parsed = _parsed(value, arguments or {})
    if inspect.isawaitable(parsed):
        try:
            parsed = await parsed
        except Exception:
            parsed = None
    recording.settle(parsed)
    return value


def _managed(method: Callable[..., Any], api: Api, provider: str) -> Callable[..., Any]:
    """Record `stream()`, which sends nothing before its manager is entered."""

    def call(*args: Any, **kwargs: Any) -> Any:
        token = _is_recording.set(True)
        try:
            manager = method(*args, **kwargs)
        finally:
            _is_recording.reset(token)
        if not _is_recording.get():
            try:
                _record_request(manager, api, provider, kwargs)
            except Exception as problem:
                _notices.fault("wrap", problem)
        return manager

    return call


def _record_request(manager: Any, api: Api, provider: str, arguments: Mapping[str, Any]) -> None:
    # Kept under the name of the manager's class, whichever that is in this version.
    attributes = cast("dict[str, Any]", vars(manager))
    name = next((name for name in attributes if name.endswith("__api_request")), "")
    if not name:
        return
    request: Any = getattr(manager, name)
    if inspect.isawaitable(request):
        setattr(manager, name, _late(request, api, provider, arguments))
    else:

        def send(**_: Any) -> Any:
            return request()

        setattr(manager, name, functools.partial(_sync_call(send, api, provider), **arguments))


async def _late(request: Awaitable[Any], api: Api, provider: str, arguments: Mapping[str, Any]) -> Any:
    recording = _open(api, provider, arguments)
    return await request if recording is None else await _awaited(request, recording)


def _open(api: Api, provider: str, arguments: Mapping[str, Any]) -> Recording | None:
    client = active_client()
    if client is None or _is_recording.get():
        return None
    try:
        fields = api.fields(arguments)
        call = ModelCall(client, {**fields, "model": text_of(fields["model"] or "unknown"), "provider": provider})
        call.begin()
        return Recording(call, api.gathered)
    except Exception as problem:
        _notices.fault("wrap", problem)
        return None


def _parsed(result: Any, arguments: Mapping[str, Any]) -> Any:
    """Return what a raw response holds, as the host will get it from `parse()`; anything else as it is."""
    headers = arguments.get("extra_headers")
    raw = cast("Mapping[str, Any]", headers).get(_RAW_HEADER) if isinstance(headers, Mapping) else None
    if raw is None:
        return result
    if raw == "stream":
        # Not read yet, and not ours to read.
        return None
    try:
        return result.parse()
    except Exception:
        return None


class Recording:
    """The model call of one request, until its answer is complete."""

    def __init__(self, call: ModelCall, gathered: Callable[[], Gathered]) -> None:
        self._call = call
        self._gathered = gathered

    def fail(self, problem: BaseException) -> None:
        """End it by the exception that the host gets."""
        self._call.end(problem)

    def settle(self, result: Any) -> None:
        """Record the answer, or listen to the stream that brings it."""
        try:
            if not self._listen(result):
                self._finish(result)
        except Exception as problem:
            _notices.fault("wrap", problem)
            self._call.end()

    def _finish(self, result: Any) -> None:
        answer = freeze(cast(object, result))[0]
        record(self._call, cast("Mapping[str, Any]", answer) if isinstance(answer, dict) else None)
        self._call.end()

    def _listen(self, stream: Any) -> bool:
        kind: Any = type(cast(object, stream))
        is_async = hasattr(kind, "__anext__")
        if not (is_async or hasattr(kind, "__next__")) or not hasattr(stream, "_iterator"):
            return False
        listener = Listener(self._call, self._gathered())
        stream._iterator = (_AsyncTap if is_async else _Tap)(stream._iterator, listener)
        return True


def record(call: ModelCall, answer: Mapping[str, Any] | None) -> None:
    """Record a whole answer with what it says about itself."""
    if answer is None:
        return
    choices: Any = answer.get("choices")
    first = cast("list[Any]", choices)[0] if isinstance(choices, list) and choices else None
    reason = answer.get("stop_reason")
    if reason is None and isinstance(first, dict):
        reason = cast("dict[str, Any]", first).get("finish_reason")
    call.set(response=dict(answer), model=answer.get("model") or None, finish_reason=reason)


class Listener:
    """Hears the chunks of one stream and ends its model call once."""

    def __init__(self, call: ModelCall, gathered: Gathered) -> None:
        self._call: ModelCall | None = call
        self._gathered = gathered

    def hear(self, chunk: Any) -> None:
        """Take a chunk that is about to reach the host."""
        try:
            self._gathered.add(freeze(chunk)[0])
        except Exception as problem:
            _notices.fault("wrap", problem)

    def end(self, problem: BaseException | None = None) -> None:
        """Send the call, with the exception that ended the stream; GeneratorExit stands for one that was left."""
        call, self._call = self._call, None
        if call is None:
            return
        try:
            record(call, self._gathered.answer())
        except Exception as fault:
            _notices.fault("wrap", fault)
        call.end(problem)


class _Tap:
    """The iterator of a stream, overheard. Holds nothing of the stream itself, so that a dropped one is closed."""

    def __init__(self, chunks: Iterator[Any], listener: Listener) -> None:
        self._chunks = chunks
        self._listener = listener

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._listener.end()
            raise
        except BaseException as problem:
            self._listener.end(problem)
            raise
        self._listener.hear(chunk)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chunks, name)

    def __del__(self) -> None:
        self._listener.end(GeneratorExit())


class _AsyncTap:
    """The same for an async stream."""

    def __init__(self, chunks: AsyncIterator[Any], listener: Listener) -> None:
        self._chunks = chunks
        self._listener = listener

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._listener.end()
            raise
        except BaseException as problem:
            self._listener.end(problem)
            raise
        self._listener.hear(chunk)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chunks, name)

    def __del__(self) -> None:
        self._listener.end(GeneratorExit())
