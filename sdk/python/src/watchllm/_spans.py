"""Events with a duration, as context managers: what happens inside one becomes its child.

Each sends one event when it ends. It lets every exception pass and never changes what the host's block does.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token
from itertools import count
from types import TracebackType
from typing import Any, ClassVar, Self, cast

from watchllm import _notices
from watchllm._client import Client
from watchllm._entry import Entry
from watchllm._failure import is_failure, message_of, stack_of
from watchllm._kinds import AGENT, MODEL_CALL, SPAN, TOOL, Kind
from watchllm._outbox import Outbox
from watchllm._prompts import mark_of
from watchllm._scope import NO_SCOPE, Scope, current_scope_var
from watchllm._usage import read_usage
from watchllm._values import clean_id, clean_key, freeze, text_of

# The span that what happens now belongs to; follows the host through threads and tasks, as contextvars do.
current_span_var: ContextVar[Span | None] = ContextVar("watchllm_span", default=None)


class Span:
    """A piece of work of the host, from `with` to its end. Made by `watchllm.span`, not by hand."""

    __slots__ = (
        "_body",
        "_client",
        "_extras",
        "_outbox",
        "_outer",
        "_scope",
        "_size",
        "_steps",
        "_tick_ns",
        "_token",
        "_wall_ns",
        "event_id",
        "parent_event_id",
        "trace_id",
    )
    _kind: ClassVar[Kind] = SPAN

    def __init__(
        self, client: Client | None, fields: Mapping[str, object], trace_id: object = None, parent_id: object = None
    ) -> None:
        self._client = client
        # Ids are "" until the span begins, and always where nothing is sent.
        self.event_id = ""
        self.trace_id = "" if trace_id is None else clean_id(trace_id)
        self.parent_event_id = "" if parent_id is None else clean_id(parent_id)
        self._outbox: Outbox | None = None
        self._outer: Span | None = None
        self._token: Token[Span | None] | None = None
        self._scope: Scope = NO_SCOPE
        # Counts the steps of the trace, so that they can be walked in order whatever agent took them.
        self._steps: count[int] | None = None
        self._wall_ns = self._tick_ns = self._size = 0
        self._body: dict[str, Any] = {}
        self._extras: dict[str, Any] = {}
        if client is not None:
            self._put(fields)

    def set(self, **fields: Any) -> Self:
        """Record fields of this event; keywords that its type does not know become attributes or metadata.

        Values are copied now. None is ignored. Known: name, input, output, status ("ok" or "error"),
        status_message.
        """
        if self._client is not None:
            try:
                self._put(fields)
            except Exception as problem:
                _notices.fault("set", problem)
        return self

    @property
    def input(self) -> Any:
        """What went in; assign to record it."""
        return self._body.get("input")

    @input.setter
    def input(self, value: object) -> None:
        self.set(input=value)

    @property
    def output(self) -> Any:
        """What came out; assign to record it."""
        return self._body.get("output")

    @output.setter
    def output(self, value: object) -> None:
        self.set(output=value)

    @property
    def agent_name(self) -> str | None:
        """The name of the agent whose action this is, or in whose action it happens."""
        return self._body.get("agentName") or (None if self._outer is None else self._outer.agent_name)

    @property
    def attributes(self) -> dict[str, Any]:
        """What describes this event further; assign to its keys, values are copied when the span ends."""
        # One object stands for every span that is not recorded: it must not collect what they are given.
        return {} if self._client is None else self._extras

    def __enter__(self) -> Self:
        if self._client is not None and self._token is None:
            try:
                self.begin()
                self._token = current_span_var.set(self)
            except Exception as problem:
                _notices.fault(self._kind.type, problem)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        token, self._token = self._token, None
        if token is None:
            return
        try:
            current_span_var.reset(token)
        except (ValueError, RuntimeError):
            # Left in another task or thread than it was entered in, such as a generator closed by the collector.
            if current_span_var.get() is self:
                current_span_var.set(self._outer)
        self.end(problem)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, problem, trace)

    def begin(self, outer: Span | None = None) -> None:
        """Take ids and times without becoming the current span: for work that is entered and left many times.

        `outer` is the span that it happens in, where that is not the current one.
        """
        client = self._client
        if client is None:
            return
        outer = outer or current_span_var.get()
        if outer is not None and outer.event_id and self.trace_id in ("", outer.trace_id):
            self.trace_id = outer.trace_id
            self.parent_event_id = self.parent_event_id or outer.event_id
            self._steps = outer._steps
        elif not self.trace_id:
            self.trace_id = client.new_id()
        self.event_id = client.new_id()
        if self._steps is None:
            self._steps = count()
        self._outer, self._outbox, self._scope = outer, client.outbox, current_scope_var.get()
        self._wall_ns = client.clock.wall_ns()
        self._tick_ns = client.clock.tick_ns()

    def end(self, problem: BaseException | None = None) -> None:
        """Send the event, with the exception that ended it; never raises, and does nothing when not begun."""
        client, outbox = self._client, self._outbox
        self._outbox = None
        # A span that was open at a fork is the parent's to send.
        if client is None or outbox is None or outbox is not client.outbox or not client.keeps(self.trace_id):
            return
        try:
            duration_ns = client.clock.tick_ns() - self._tick_ns
            if problem is not None:
                self._record(problem)
            body = self._finished_body()
            client.capture(
                Entry(
                    self._kind.type,
                    self.event_id,
                    self.trace_id,
                    self.parent_event_id,
                    self._wall_ns,
                    duration_ns,
                    self._scope,
                    body,
                    self._size,
                )
            )
        except Exception as fault:
            _notices.fault(self._kind.type, fault)

    def _put(self, fields: Mapping[str, object]) -> None:
        kind, body = self._kind, self._body
        for name, value in fields.items():
            if value is None:
                continue
            frozen, size = freeze(value)
            if frozen is None:
                continue
            self._size += size
            if (key := kind.keys.get(name)) is not None:
                body[key] = frozen if type(frozen) is str or name not in kind.texts else text_of(frozen)
            elif name == kind.extras and isinstance(frozen, dict):
                self._extras.update(cast("dict[str, Any]", frozen))
            else:
                self._extras[clean_key(name)] = frozen

    def _finished_body(self) -> dict[str, Any]:
        body, extras = self._body, self._extras
        body.setdefault("status", "ok")
        if extras:
            # Again, since the host may have put anything into `attributes`.
            body[self._kind.extras], size = freeze(extras)
            self._size += size
        return dict(body)

    def _record(self, problem: BaseException) -> None:
        extras = self._extras
        if not is_failure(problem):
            if isinstance(problem, GeneratorExit):
                extras["incomplete"] = True
            return
        self._body["status"] = "error"
        self._body["statusMessage"] = message_of(problem)
        extras["exception.type"] = type(problem).__name__
        extras["exception.message"] = text_of(problem)
        extras["exception.stacktrace"] = stack_of(problem)


class ModelCall(Span):
    """A call of a model. Made by `watchllm.model_call`."""

    __slots__ = ()
    _kind = MODEL_CALL

    def response(
        self,
        response: Any = None,
        *,
        usage: object = None,
        finish_reason: str | None = None,
        model: str | None = None,
        **metadata: Any,
    ) -> Self:
        """Record what the model answered: a text, a message, or the whole answer of the provider's client.

        A whole answer brings its own usage. `model` is the one that really answered, where it differs.
        """
        return self.set(response=response, usage=usage, finish_reason=finish_reason, model=model, **metadata)

    def _put(self, fields: Mapping[str, object]) -> None:
        super()._put(fields)
        prompt, messages = fields.get("prompt"), fields.get("messages")
        if messages is None and (prompt is None or type(prompt) is str):
            return
        mark = mark_of(prompt) or mark_of(messages)
        if mark is not None and "prompt" not in self._extras:
            self._extras["prompt"], size = freeze(mark)
            self._size += size

    def _finished_body(self) -> dict[str, Any]:
        body = super()._finished_body()
        usage = body.get("usage")
        if usage is None and isinstance(response := body.get("response"), dict):
            usage = cast("dict[str, Any]", response).get("usage")
        if usage is not None:
            body["usage"] = read_usage(usage)
        return body


class Tool(Span):
    """A call of a tool. Made by `watchllm.tool`."""

    __slots__ = ()
    _kind = TOOL

    def result(self, result: Any = None, **metadata: Any) -> Self:
        """Record what the tool returned."""
        return self.set(result=result, **metadata)


class Agent(Span):
    """An action of an agent, with what it led to as its children. Made by `watchllm.agent` and `watchllm.step`."""

    __slots__ = ()
    _kind = AGENT

    def _put(self, fields: Mapping[str, object]) -> None:
        # What the agent sees and what it keeps in mind are the two halves of its state.
        halves = {half: fields[half] for half in ("context", "memory") if fields.get(half) is not None}
        if halves:
            before = self._body.get("state")
            whole = {**cast("dict[str, Any]", before), **halves} if isinstance(before, dict) else halves
            fields = {**{name: value for name, value in fields.items() if name not in halves}, "state": whole}
        super()._put(fields)


class Step(Agent):
    """One step of an agent, numbered within its trace. Made by `watchllm.step`."""

    __slots__ = ()

    def begin(self, outer: Span | None = None) -> None:
        super().begin(outer)
        if self._steps is not None and "stepIndex" not in self._body:
            self._body["stepIndex"] = next(self._steps)


NO_SPAN = Span(None, {})
NO_MODEL_CALL = ModelCall(None, {})
NO_TOOL = Tool(None, {})
NO_AGENT = Agent(None, {})
NO_STEP = Step(None, {})
