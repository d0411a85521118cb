"""The LangChain handler on real LangChain runs: the tree, the models, the tools, the searches, and their failures."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models import FakeListLLM, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

import watchllm
from watchllm.langchain import CallbackHandler
from watchllm.testing import Recording

SAID = AIMessage(
    content="It scatters.",
    usage_metadata={
        "input_tokens": 12,
        "output_tokens": 9,
        "total_tokens": 21,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 2},
    },
    response_metadata={"finish_reason": "stop", "model_name": "gpt-4o-mini-2024"},
)


class Shelf(BaseRetriever):
    """Finds the same page whatever is asked."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        if query == "broken":
            raise LookupError("no shelf")
        return [Document(page_content="Rayleigh", id="d1", metadata={"page": 7})]


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def by_name(recorded: Recording) -> dict[str, dict[str, Any]]:
    keys = ("name", "action", "model", "toolName", "query")
    events = recorded.events
    return {next(str(event["body"][key]) for key in keys if key in event["body"]): event for event in events}


@pytest.fixture
def config() -> dict[str, Any]:
    return {"callbacks": [CallbackHandler()]}


def test_a_chain_is_a_tree_with_its_model_call_inside(recorded: Recording, config: Any) -> None:
    chat = GenericFakeChatModel(messages=iter([SAID]))
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{question}")])
    with watchllm.span("request") as outer:
        answer = (prompt | chat).invoke({"question": "Why?"}, config)
    assert answer.content == "It scatters."
    found = by_name(recorded)
    call = found["gpt-4o-mini-2024"]
    assert call["type"] == "model_response"
    assert call["parentEventId"] == found["RunnableSequence"]["eventId"]
    assert found["RunnableSequence"]["parentEventId"] == outer.event_id
    assert len({event["traceId"] for event in found.values()}) == 1
    body = call["body"]
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    assert body["response"] == {"role": "assistant", "content": "It scatters."}
    assert body["finishReason"] == "stop"
    assert body["usage"] == {
        "inputTokens": 12,
        "outputTokens": 9,
        "cacheReadTokens": 4,
        "reasoningTokens": 2,
    }


def test_a_streamed_answer_is_recorded_when_it_has_ended(recorded: Recording, config: Any) -> None:
    chat = GenericFakeChatModel(messages=iter([AIMessage(content="one two three")]))
    pieces = [str(chunk.content) for chunk in chat.stream("go", config)]
    assert "".join(pieces) == "one two three"
    (body,) = recorded.bodies("model_response")
    assert body["response"]["content"] == "one two three"


async def test_async_runs_keep_their_own_trees(recorded: Recording, config: Any) -> None:
    async def inner(number: int) -> int:
        await asyncio.sleep(0)
        return number

    chain = RunnableLambda(inner).with_config(run_name="inner") | RunnableLambda(lambda n: n).with_config(
        run_name="last"
    )

    async def run(number: int) -> None:
        with watchllm.span(f"request {number}"):
            assert await chain.ainvoke(number, config) == number

    await asyncio.gather(*(run(number) for number in range(20)))
    events = recorded.events
    assert len(events) == 80
    by_id = {event["eventId"]: event for event in events}
    for event in events:
        if event["body"]["name"] == "inner":
            chain_run = by_id[event["parentEventId"]]
            request = by_id[chain_run["parentEventId"]]
            assert request["body"]["name"] == f"request {event['body']['input']}"


def test_a_tool_and_its_failure(recorded: Recording, config: Any) -> None:
    assert add.invoke({"a": 2, "b": 3}, config) == 5

    @tool
    def broken(a: int) -> int:
        """Fail."""
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        broken.invoke({"a": 1}, config)
    fine, failed = recorded.bodies("tool_call")
    assert (fine["toolName"], fine["arguments"], fine["result"]) == ("add", {"a": 2, "b": 3}, 5)
    assert failed["status"] == "error"
    assert failed["metadata"]["exception.type"] == "ValueError"


def test_a_search_and_its_failure(recorded: Recording, config: Any) -> None:
    assert len(Shelf().invoke("sky", config)) == 1
    with pytest.raises(LookupError):
        Shelf().invoke("broken", config)
    (found,) = recorded.bodies("retrieval")
    assert found == {"query": "sky", "results": [{"id": "d1", "text": "Rayleigh", "metadata": {"page": 7}}]}
    assert [body["status"] for body in recorded.bodies("span")] == ["ok", "error"]
    search, span = (next(e for e in recorded.events if e["type"] == kind) for kind in ("retrieval", "span"))
    assert search["parentEventId"] == span["eventId"]


def test_calls_of_tools_are_written_as_the_api_writes_them(recorded: Recording, config: Any) -> None:
    asked = AIMessage(content="", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}])
    GenericFakeChatModel(messages=iter([asked])).invoke([SystemMessage("s"), HumanMessage("h")], config)
    (body,) = recorded.bodies("model_response")
    assert body["response"]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
    ]


def test_a_model_that_only_completes(recorded: Recording, config: Any) -> None:
    assert FakeListLLM(responses=["four"]).invoke("two and two", config) == "four"
    (body,) = recorded.bodies("model_response")
    assert (body["prompt"], body["response"]) == ("two and two", "four")


def test_a_failing_model_raises_what_it_raised(recorded: Recording, config: Any) -> None:
    def nothing() -> Iterator[AIMessage]:
        raise ConnectionError("no model")
        yield SAID

    with pytest.raises(ConnectionError, match="no model"):
        GenericFakeChatModel(messages=nothing()).invoke("x", config)
    (body,) = recorded.bodies("model_response")
    assert (body["status"], body["statusMessage"]) == ("error", "ConnectionError: no model")


def test_a_node_of_a_graph_is_a_step(recorded: Recording) -> None:
    handler = CallbackHandler()
    for name in ("plan", "act"):
        run_id = uuid.uuid4()
        handler.on_chain_start(None, {"x": 1}, run_id=run_id, metadata={"langgraph_node": name}, name=name)
        handler.on_chain_end({"y": 2}, run_id=run_id)
    assert [(b["action"], b["input"], b["output"]) for b in recorded.bodies("agent_action")] == [
        ("plan", {"x": 1}, {"y": 2}),
        ("act", {"x": 1}, {"y": 2}),
    ]


def test_nothing_raises_whatever_the_handler_is_given(recorded: Recording) -> None:
    handler = CallbackHandler()
    names = [name for name in vars(CallbackHandler) if name.startswith("on_")]
    assert len(names) >= 13
    for name in names:
        method = getattr(handler, name)
        for odd in (None, object(), [object()], "x", {"id": 3}):
            method(odd, odd, run_id=uuid.uuid4())
            method(odd, run_id=odd, parent_run_id=odd, metadata=odd)
            method()


def test_runs_that_never_end_are_bounded(recorded: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchllm.langchain._MAX_OPEN_RUNS", 10)
    handler = CallbackHandler()
    for _ in range(100):
        handler.on_chain_start(None, {}, run_id=uuid.uuid4(), name="x")
    assert len(vars(handler)["_open"]) == 10


def test_without_a_client_langchain_runs_as_before(config: Any) -> None:
    assert add.invoke({"a": 2, "b": 3}, config) == 5


def test_langchain_is_imported_only_on_demand() -> None:
    code = "import sys, watchllm, watchllm.testing; print([m for m in sys.modules if m.startswith('langchain')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
