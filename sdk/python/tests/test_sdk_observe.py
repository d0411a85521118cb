"""`@observe` changes nothing about a function but that its calls are seen."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import watchllm
from watchllm.testing import Recording


def spans(recorded: Recording) -> dict[str, dict[str, Any]]:
    return {event["body"]["name"].rpartition(".")[2]: event for event in recorded.events if event["type"] == "span"}


def test_a_function_keeps_its_result_signature_name_and_docs(recorded: Recording) -> None:
    result = object()

    @watchllm.observe
    def work(a: int, b: str = "x", *rest: int, flag: bool = False) -> object:
        """Works."""
        return result

    assert work(1, "y", 2, 3, flag=True) is result
    assert str(inspect.signature(work)) == "(a: 'int', b: 'str' = 'x', *rest: 'int', flag: 'bool' = False) -> 'object'"
    assert (work.__name__, work.__doc__) == ("work", "Works.")
    body = spans(recorded)["work"]["body"]
    assert body["input"] == {"a": 1, "b": "y", "args": [2, 3], "flag": True}
    assert body["output"].startswith("<object object")


def test_input_and_output_can_be_left_out_and_the_name_chosen(recorded: Recording) -> None:
    @watchllm.observe(name="login", capture_input=False, capture_output=False)
    def work(password: str) -> str:
        return password

    work("secret")
    assert recorded.bodies("span")[0].keys() == {"name", "status", "start", "end"}


def test_an_exception_is_the_same_object_with_its_traceback(recorded: Recording) -> None:
    problem = RuntimeError("x")

    @watchllm.observe
    def work() -> None:
        raise problem

    with pytest.raises(RuntimeError) as caught:
        work()
    assert caught.value is problem
    assert [entry.name for entry in caught.traceback][-1] == "work"
    assert recorded.bodies("span")[0]["status"] == "error"


def test_wrong_arguments_raise_what_the_function_would_raise(recorded: Recording) -> None:
    @watchllm.observe
    def work(a: int) -> None: ...

    with pytest.raises(TypeError, match=r"work\(\) missing 1 required positional argument: 'a'"):
        work()  # type: ignore[call-arg]


def test_methods_of_every_kind_are_observed_without_their_object(recorded: Recording) -> None:
    class Thing:
        @watchllm.observe
        def plain(self, x: int) -> int:
            return x

        @classmethod
        @watchllm.observe
        def inside_class(cls, x: int) -> type:
            return cls

        @watchllm.observe
        @classmethod
        def around_class(cls, x: int) -> type:
            return cls

        @watchllm.observe
        @staticmethod
        def around_static(x: int) -> int:
            return x

        @property
        @watchllm.observe
        def inside_property(self) -> int:
            return 5

        @watchllm.observe
        @property
        def around_property(self) -> int:
            return 6

    thing = Thing()
    assert thing.plain(1) == 1
    assert Thing.inside_class(2) is Thing
    assert thing.around_class(3) is Thing
    assert Thing.around_static(4) == 4
    assert (thing.inside_property, thing.around_property) == (5, 6)
    inputs = {name: event["body"].get("input") for name, event in spans(recorded).items()}
    assert inputs == {
        "plain": {"x": 1},
        "inside_class": {"x": 2},
        "around_class": {"x": 3},
        "around_static": {"x": 4},
        "inside_property": None,
        "around_property": None,
    }


def test_partials_lambdas_and_callable_objects_are_observed(recorded: Recording) -> None:
    class Adder:
        def __call__(self, x: int) -> int:
            return x + 1

    def base(a: int, b: int) -> int:
        return a * b

    assert watchllm.observe(functools.partial(base, 2))(3) == 6
    assert watchllm.observe(lambda x: x)(7) == 7
    assert watchllm.observe(Adder())(1) == 2
    assert spans(recorded).keys() == {"base", "<lambda>", "Adder"}


def test_recursion_makes_a_chain_of_children(recorded: Recording) -> None:
    @watchllm.observe
    def down(n: int) -> int:
        return n if n == 0 else down(n - 1)

    assert down(3) == 0
    deepest, *others = recorded.events
    for outer in others:
        assert deepest["parentEventId"] == outer["eventId"]
        deepest = outer


def test_not_implemented_is_returned_as_it_is(recorded: Recording) -> None:
    class Odd:
        @watchllm.observe
        def __eq__(self, other: object) -> bool:
            return NotImplemented

        __hash__ = None  # type: ignore[assignment]

    assert (Odd() == 1) is False
    assert recorded.bodies("span")[0]["output"] == "NotImplemented"


async def test_a_coroutine_function_stays_one(recorded: Recording) -> None:
    @watchllm.observe
    async def work(x: int) -> int:
        await asyncio.sleep(0)
        watchllm.log("inside")
        return x

    assert inspect.iscoroutinefunction(work)
    assert await work(3) == 3
    log, span = recorded.events
    assert log["parentEventId"] == span["eventId"]
    assert span["body"]["output"] == 3


async def test_a_cancelled_coroutine_is_cancelled_and_closes_its_span(recorded: Recording) -> None:
    @watchllm.observe
    async def work() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorded.bodies("span")[0]["status"] == "error"


def test_a_generator_stays_lazy_and_is_current_only_while_it_runs(recorded: Recording) -> None:
    @watchllm.observe
    def count(n: int) -> Iterator[int]:
        for i in range(n):
            watchllm.log(f"inside {i}")
            yield i

    assert inspect.isgeneratorfunction(count)
    generator = count(2)
    assert recorded.events == []
    assert next(generator) == 0
    assert watchllm.current_span().event_id == ""
    watchllm.log("outside")
    assert list(generator) == [1]
    first, outside, second, span = recorded.events
    assert first["parentEventId"] == second["parentEventId"] == span["eventId"]
    assert "parentEventId" not in outside
    assert span["body"]["output"] == [0, 1]
    assert watchllm.current_span().event_id == ""


def test_a_span_inside_a_generator_stays_the_parent_after_a_yield(recorded: Recording) -> None:
    @watchllm.observe
    def work() -> Iterator[int]:
        with watchllm.span("inner"):
            yield 1
            watchllm.log("after")
        watchllm.log("last")

    with watchllm.span("consumer"):
        for _ in work():
            watchllm.log("between")
    logs = {event["body"]["message"]: event["parentEventId"] for event in recorded.events if event["type"] == "log"}
    found = spans(recorded)
    assert logs == {
        "after": found["inner"]["eventId"],
        "last": found["work"]["eventId"],
        "between": found["consumer"]["eventId"],
    }


def test_send_throw_close_and_the_return_value_reach_the_generator(recorded: Recording) -> None:
    seen: list[object] = []

    @watchllm.observe
    def echo() -> Any:
        value = None
        while True:
            try:
                value = yield value
            except KeyError as problem:
                seen.append(problem)
                return "ended"

    generator = echo()
    next(generator)
    assert generator.send("a") == "a"
    problem = KeyError("k")
    with pytest.raises(StopIteration) as stop:
        generator.throw(problem)
    assert stop.value.value == "ended"
    assert seen == [problem]
    closed = echo()
    next(closed)
    closed.close()
    first, second = recorded.bodies("span")
    assert first["status"] == "ok"
    assert (second["status"], second["attributes"]) == ("ok", {"incomplete": True})


def test_a_stream_of_text_is_joined_and_bounded(recorded: Recording) -> None:
    @watchllm.observe
    def stream(n: int) -> Iterator[str]:
        for _ in range(n):
            yield "ab"

    for n in (3, 2000):
        assert sum(1 for _ in stream(n)) == n
    short, long = recorded.bodies("span")
    assert short["output"] == "ababab"
    assert long["output"] == "ab" * 1000
    assert long["attributes"] == {"items": 2000}


def test_an_exception_in_a_generator_passes_and_marks_the_span(recorded: Recording) -> None:
    @watchllm.observe
    def work() -> Iterator[int]:
        yield 1
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        list(work())
    assert recorded.bodies("span")[0]["status"] == "error"


def test_an_abandoned_generator_ends_its_span_when_it_is_collected(recorded: Recording) -> None:
    @watchllm.observe
    def work() -> Iterator[int]:
        yield 1

    next(work())
    gc.collect()
    assert recorded.bodies("span")[0]["attributes"] == {"incomplete": True}


async def test_an_async_generator_behaves_as_before(recorded: Recording) -> None:
    closed: list[bool] = []

    @watchllm.observe
    async def stream(n: int) -> AsyncIterator[str]:
        try:
            for i in range(n):
                await asyncio.sleep(0)
                watchllm.log("inside")
                yield str(i)
        finally:
            closed.append(True)

    assert inspect.isasyncgenfunction(stream)
    assert [item async for item in stream(3)] == ["0", "1", "2"]
    generator = stream(3)
    assert await anext(generator) == "0"
    assert watchllm.current_span().event_id == ""
    await generator.aclose()  # type: ignore[attr-defined]
    assert closed == [True, True]
    whole, left = recorded.bodies("span")
    assert whole["output"] == "012"
    assert (left["output"], left["attributes"]) == ("0", {"incomplete": True})


async def test_an_exception_thrown_into_an_async_generator_arrives(recorded: Recording) -> None:
    @watchllm.observe
    async def work() -> AsyncIterator[int]:
        try:
            yield 1
        except KeyError:
            yield 2

    generator = work()
    assert await anext(generator) == 1
    assert await generator.athrow(KeyError("k")) == 2  # type: ignore[attr-defined]
    with pytest.raises(StopAsyncIteration):
        await anext(generator)


def test_nothing_of_the_host_is_kept_alive_by_a_finished_call(recorded: Recording) -> None:
    class Big:
        pass

    gc.disable()
    try:

        @watchllm.observe
        def plain(big: Big) -> Big:
            return big

        @watchllm.observe
        def failing(big: Big) -> Iterator[int]:
            yield 1
            raise ValueError("x")

        big = Big()
        seen = weakref.ref(big)
        plain(big)
        with pytest.raises(ValueError, match="x") as caught:
            list(failing(big))
        del big, caught
        assert seen() is None, "only the cycle collector would free it"
    finally:
        gc.enable()


def test_a_class_is_left_alone(recorded: Recording, caplog: pytest.LogCaptureFixture) -> None:
    @watchllm.observe
    class Thing:
        pass

    assert isinstance(Thing(), Thing)
    assert "not a function" in caplog.text


def test_observed_functions_work_without_a_client() -> None:
    @watchllm.observe
    def plain(x: int) -> int:
        return x

    @watchllm.observe
    def stream() -> Iterator[int]:
        yield 1

    assert plain(1) == 1
    assert list(stream()) == [1]
