"""The decorator `observe`: a span around every call of a function, which otherwise stays as it was.

A coroutine function stays one, a generator stays lazy, results and exceptions are the same objects. Arguments
are copied before the call, since the function may change them.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar, cast, overload

from watchllm import _notices
from watchllm._process import active_client
from watchllm._spans import NO_SPAN, Span, current_span_var
from watchllm._values import text_of

_F = TypeVar("_F", bound=Callable[..., Any])

# A stream's first items say what it was; an endless one must not fill the memory.
MAX_ITEMS = 1000


class _Plan:
    """What is known of a function before it is called."""

    __slots__ = ("_capture_input", "_parameters", "_skip", "capture_output", "name")

    def __init__(self, function: Any, name: str | None, capture_input: bool, capture_output: bool) -> None:
        bare = function
        while isinstance(bare, functools.partial):
            bare = cast(Any, bare).func
        self.name = name or text_of(getattr(bare, "__qualname__", None) or type(bare).__qualname__)
        self.name = self.name.replace("<locals>.", "")
        code = None if bare is not function else getattr(function, "__code__", None)
        self._parameters: tuple[str, ...] = code.co_varnames[: code.co_argcount] if code is not None else ()
        # The object that a method belongs to is not what was asked of it.
        self._skip = 1 if self._parameters[:1] in (("self",), ("cls",)) else 0
        self._capture_input = capture_input
        self.capture_output = capture_output

    def open(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        """Return a span for one call, not begun yet; never raises."""
        client = active_client()
        if client is None:
            return NO_SPAN
        try:
            fields: dict[str, object] = {"name": self.name}
            if self._capture_input and (given := self._named(args, kwargs)):
                fields["input"] = given
            return Span(client, fields)
        except Exception as problem:
            _notices.fault("observe", problem)
            return NO_SPAN

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        known = len(self._parameters)
        named = dict(zip(self._parameters[self._skip :], args[self._skip :], strict=False))
        if len(args) > known:
            named["args"] = args[known:]
        return {**named, **kwargs}


class _Items:
    """The first items of a stream, as its output."""

    __slots__ = ("_count", "_items")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._count = 0

    def add(self, item: Any) -> None:
        self._count += 1
        if self._count <= MAX_ITEMS:
            self._items.append(item)

    def record(self, span: Span) -> None:
        if self._items:
            is_text = all(type(item) is str for item in self._items)
            span.set(output="".join(self._items) if is_text else self._items)
        if self._count > MAX_ITEMS:
            span.set(items=self._count)


@overload
def observe(function: _F, /) -> _F: ...
@overload
def observe(
    *, name: str | None = None, capture_input: bool = True, capture_output: bool = True
) -> Callable[[_F], _F]: ...
def observe(
    function: Any = None,
    /,
    *more: object,
    name: str | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
    **unknown: object,
) -> Any:
    """Make a span of every call of a function: sync, async, generator, async generator, method.

    The span has the function's name, its arguments as input and its result as output (of a generator: the
    items, joined when they are text). Signature, results and exceptions stay the same.
    """

    if more or unknown:
        _notices.warn("observe", f"@watchllm.observe ignored unknown arguments: {', '.join(unknown) or 'positional'}")

    def decorate(target: Any) -> Any:
        try:
            return _wrapped(target, name, capture_input, capture_output)
        except Exception as problem:
            _notices.fault("observe", problem)
            return target

    return decorate if function is None else decorate(function)


def _wrapped(target: Any, name: str | None, capture_input: bool, capture_output: bool) -> Any:
    # Only a module that decorates pays for this import.
    import inspect

    def again(inner: Any) -> Any:
        return _wrapped(inner, name, capture_input, capture_output)

    if isinstance(target, (classmethod, staticmethod)):
        return type(cast(Any, target))(again(cast(Any, target).__func__))
    if isinstance(target, property):
        read = again(target.fget) if target.fget else None
        return property(read, target.fset, target.fdel, target.__doc__)
    if inspect.isclass(target) or not callable(target):
        _notices.warn("observe", "@watchllm.observe was ignored on something that is not a function")
        return target
    plan = _Plan(target, name, capture_input, capture_output)
    if inspect.iscoroutinefunction(target):
        wrapper = _coroutine(target, plan)
    elif inspect.isasyncgenfunction(target):
        wrapper = _async_generator(target, plan)
    elif inspect.isgeneratorfunction(target):
        wrapper = _generator(target, plan)
    else:
        wrapper = _plain(target, plan)
    return functools.update_wrapper(wrapper, target)


def _plain(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    def observed(*args: Any, **kwargs: Any) -> Any:
        with plan.open(args, kwargs) as span:
            result = function(*args, **kwargs)
            if plan.capture_output:
                span.set(output=result)
            return result

    return observed


def _coroutine(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    async def observed(*args: Any, **kwargs: Any) -> Any:
        with plan.open(args, kwargs) as span:
            result = await function(*args, **kwargs)
            if plan.capture_output:
                span.set(output=result)
            return result

    return observed


class _Resumable:
    """The span of a generator, current only while the generator itself runs and not while its consumer does."""

    __slots__ = ("_inside", "_items", "_token", "span")

    def __init__(self, plan: _Plan, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.span = plan.open(args, kwargs)
        self._items = _Items() if plan.capture_output else None
        try:
            self.span.begin()
        except Exception as problem:
            _notices.fault("observe", problem)
        self._inside: Span | None = self.span if self.span.event_id else current_span_var.get()

    def __enter__(self) -> None:
        self._token = current_span_var.set(self._inside)

    def __exit__(self, *_: object) -> None:
        # What the generator opened and did not close yet is where it goes on next time.
        self._inside = current_span_var.get()
        try:
            current_span_var.reset(self._token)
        except (ValueError, RuntimeError):
            return

    def add(self, item: Any) -> None:
        """Remember an item of the stream."""
        if self._items is not None:
            self._items.add(item)

    def end(self, problem: BaseException | None) -> None:
        """Send the span."""
        if self._items is not None:
            self._items.record(self.span)
        self.span.end(problem)


def _generator(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    def observed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = cast(Generator[Any, Any, Any], function(*args, **kwargs))
        work = _Resumable(plan, args, kwargs)
        resume: Callable[[Any], Any] = generator.send
        value: Any = None
        problem: BaseException | None = None
        try:
            while True:
                try:
                    with work:
                        item = resume(value)
                except StopIteration as stop:
                    return stop.value
                work.add(item)
                try:
                    value = yield item
                    resume = generator.send
                except GeneratorExit as left:
                    problem = left
                    with work:
                        return generator.close()
                except BaseException as thrown:
                    resume, value = generator.throw, thrown
        except BaseException as raised:
            problem = raised
            raise
        finally:
            work.end(problem)
            # An exception kept here would keep this frame, and with it the host's objects, in a cycle.
            problem = value = None

    return observed


def _async_generator(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    async def observed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator = cast(AsyncGenerator[Any, Any], function(*args, **kwargs))
        work = _Resumable(plan, args, kwargs)
        resume: Callable[[Any], Any] = generator.asend
        value: Any = None
        problem: BaseException | None = None
        try:
            while True:
                try:
                    with work:
                        item = await resume(value)
                except StopAsyncIteration:
                    return
                work.add(item)
                try:
                    value = yield item
                    resume = generator.asend
                except GeneratorExit as left:
                    problem = left
                    with work:
                        await generator.aclose()
                    raise
                except BaseException as thrown:
                    resume, value = generator.athrow, thrown
        except BaseException as raised:
            problem = raised
            raise
        finally:
            work.end(problem)
            # An exception kept here would keep this frame, and with it the host's objects, in a cycle.
            problem = value = None

    return observed
