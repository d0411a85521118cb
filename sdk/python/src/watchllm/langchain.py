"""Reports the runs of LangChain and LangGraph: chains, model calls, tools and retrievers.

    from watchllm.langchain import CallbackHandler

    chain.invoke(question, config={"callbacks": [CallbackHandler()]})

Imported on demand only: it needs `langchain-core`, which the rest of this package never imports. A run belongs to
the run that started it, and the outermost to the span around it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from watchllm import _notices
from watchllm._events import retrieval
from watchllm._process import active_client
from watchllm._spans import ModelCall, Span, Step, Tool
from watchllm._values import text_of

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult

__all__ = ["CallbackHandler"]

# Runs that were begun and whose end was never told; the oldest is given up for the newest.
_MAX_OPEN_RUNS = 10_000
_ROLES = {"human": "user", "ai": "assistant", "system": "system", "developer": "system", "tool": "tool"}
# Arguments of a call that say how it travels, or may hold a credential.
_NOT_RECORDED = frozenset({"model", "model_name", "_type", "stream", "stream_options", "extra_headers"})


class CallbackHandler(BaseCallbackHandler):
    """One handler may serve any number of runs, threads and tasks. It never raises into LangChain."""

    # In the caller's own thread and order, so that the outermost run finds the span around it.
    run_inline = True
    raise_error = False

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._open: OrderedDict[UUID, Span] = OrderedDict()

    @_notices.never_raises(None)
    def on_chain_start(
        self,
        serialized: Mapping[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Open a span, or a step where the run is a node of a graph."""
        name = _name(serialized, more, "chain")
        if (metadata or {}).get("langgraph_node") == name:
            self._begin(Step, run_id, parent_run_id, {"action": name, "input": inputs})
        else:
            self._begin(Span, run_id, parent_run_id, {"name": name, "input": inputs})

    @_notices.never_raises(None)
    def on_chain_end(self, outputs: Any, *, run_id: UUID, **more: Any) -> None:
        """Close it with its output."""
        self._end(run_id, {"output": outputs})

    @_notices.never_raises(None)
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        """Close it with the exception."""
        self._end(run_id, {}, error)

    @_notices.never_raises(None)
    def on_chat_model_start(
        self,
        serialized: Mapping[str, Any] | None,
        messages: Sequence[Sequence[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Open a model call with the messages of a conversation."""
        fields = _model_fields(serialized, metadata, more)
        given = [_message(one) for one in messages[0]] if messages else None
        self._begin(ModelCall, run_id, parent_run_id, {**fields, "messages": given})

    @_notices.never_raises(None)
    def on_llm_start(
        self,
        serialized: Mapping[str, Any] | None,
        prompts: Sequence[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Open a model call with a prompt."""
        fields = _model_fields(serialized, metadata, more)
        self._begin(ModelCall, run_id, parent_run_id, {**fields, "prompt": prompts[0] if prompts else None})

    @_notices.never_raises(None)
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **more: Any) -> None:
        """Close it with the answer and its usage."""
        self._end(run_id, _answer(response))

    @_notices.never_raises(None)
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        """Close it with the exception."""
        self._end(run_id, {}, error)

    @_notices.never_raises(None)
    def on_tool_start(
        self,
        serialized: Mapping[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Open a call of a tool."""
        given: Any = inputs if inputs is not None else input_str
        self._begin(Tool, run_id, parent_run_id, {"name": _name(serialized, more, "tool"), "arguments": given})

    @_notices.never_raises(None)
    def on_tool_end(self, output: Any, *, run_id: UUID, **more: Any) -> None:
        """Close it with its result."""
        self._end(run_id, {"result": getattr(output, "content", output)})

    @_notices.never_raises(None)
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        """Close it with the exception."""
        self._end(run_id, {}, error)

    @_notices.never_raises(None)
    def on_retriever_start(
        self,
        serialized: Mapping[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **more: Any,
    ) -> None:
        """Open a span around the search; the search itself is sent when its results are known."""
        fields = {"name": _name(serialized, more, "retriever"), "input": query}
        self._begin(Span, run_id, parent_run_id, fields)

    @_notices.never_raises(None)
    def on_retriever_end(self, documents: Sequence[Document], *, run_id: UUID, **more: Any) -> None:
        """Send the search with what it found."""
        span = self._take(run_id)
        if span is None:
            return
        results = [{"id": one.id, "text": one.page_content, "metadata": one.metadata} for one in documents]
        retrieval(text_of(span.input), results, trace_id=span.trace_id, parent_event_id=span.event_id)
        span.set(output=f"{len(results)} documents").end()

    @_notices.never_raises(None)
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        """Close the span with the exception."""
        self._end(run_id, {}, error)

    def _begin(self, kind: type[Span], run_id: UUID, parent_id: UUID | None, fields: dict[str, Any]) -> None:
        client = active_client()
        if client is None:
            return
        with self._lock:
            parent = self._open.get(parent_id) if parent_id is not None else None
        span = kind(client, fields)
        span.begin(parent)
        with self._lock:
            self._open[run_id] = span
            if len(self._open) > _MAX_OPEN_RUNS:
                self._open.popitem(last=False)

    def _take(self, run_id: UUID) -> Span | None:
        with self._lock:
            return self._open.pop(run_id, None)

    def _end(self, run_id: UUID, fields: dict[str, Any], problem: BaseException | None = None) -> None:
        span = self._take(run_id)
        if span is not None:
            span.set(**fields).end(problem)


def _name(serialized: Mapping[str, Any] | None, more: Mapping[str, Any], otherwise: str) -> str:
    described = serialized or {}
    last: Any = (described.get("id") or [otherwise])[-1]
    return text_of(more.get("name") or described.get("name") or last)


def _model_fields(
    serialized: Mapping[str, Any] | None, metadata: Mapping[str, Any] | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    said, asked = metadata or {}, cast("Mapping[str, Any]", more.get("invocation_params") or {})
    model = asked.get("model") or asked.get("model_name") or said.get("ls_model_name")
    rest = {name: value for name, value in asked.items() if name not in _NOT_RECORDED and value is not None}
    return {
        "model": text_of(model or _name(serialized, more, "unknown")),
        "provider": said.get("ls_provider"),
        "metadata": rest,
    }


def _message(message: BaseMessage) -> dict[str, Any]:
    """Return a message as the model's API would write it."""
    written: dict[str, Any] = {
        "role": _ROLES.get(message.type, message.type),
        "content": cast(Any, message).content,
    }
    calls: Any = getattr(message, "tool_calls", None)
    if calls:
        written["tool_calls"] = [
            {
                "id": call.get("id"),
                "type": "function",
                "function": {"name": call.get("name"), "arguments": call.get("args")},
            }
            for call in calls
        ]
    if answered := getattr(message, "tool_call_id", None):
        written["tool_call_id"] = answered
    return written


def _answer(response: LLMResult) -> dict[str, Any]:
    generation: Any = response.generations[0][0] if response.generations and response.generations[0] else None
    output: Any = response.llm_output or {}
    message: Any = getattr(generation, "message", None)
    if message is None:
        return {"response": getattr(generation, "text", None), "usage": _usage(output.get("token_usage"))}
    about: Any = message.response_metadata or {}
    return {
        "response": _message(message),
        "usage": _usage(message.usage_metadata or output.get("token_usage")),
        "finish_reason": about.get("finish_reason") or about.get("stop_reason"),
        "model": about.get("model_name") or about.get("model"),
    }


def _usage(given: Any) -> dict[str, Any] | None:
    """Return LangChain's usage in our names; it counts cached tokens within the input, as we do."""
    if not isinstance(given, Mapping):
        return None
    usage = dict(cast("Mapping[str, Any]", given))
    inside: Any = usage.pop("input_token_details", None) or {}
    outside: Any = usage.pop("output_token_details", None) or {}
    usage.pop("total_tokens", None)
    details = {
        "cacheReadTokens": inside.get("cache_read"),
        "cacheWriteTokens": inside.get("cache_creation"),
        "reasoningTokens": outside.get("reasoning"),
    }
    return {**usage, **{name: count for name, count in details.items() if count is not None}}
