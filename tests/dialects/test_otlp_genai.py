"""Spans of OpenTelemetry GenAI: types, models, usage and cost, under current names and those before them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from tests.dialects.requests import span_event

from watchllm_server.model.event import EventType

OPERATIONS: list[tuple[str, EventType]] = [
    ("chat", "model_response"), ("generate_content", "model_response"), ("text_completion", "model_response"),
    ("embeddings", "model_response"), ("execute_tool", "tool_call"), ("retrieval", "retrieval"),
    ("create_agent", "agent_action"), ("invoke_agent", "agent_action"), ("invoke_workflow", "agent_action"),
    ("agent_step", "agent_action"), ("plan", "agent_action"), ("search_memory", "span"), ("chain", "span"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "kind"), OPERATIONS)
def test_the_operation_names_the_type(operation: str, kind: EventType) -> None:
    event = span_event({"gen_ai.operation.name": operation}, name=f"{operation} x")
    assert (event.type, event.dialect, event.name) == (kind, "otel_genai", f"{operation} x")
    assert event.attributes["gen_ai.operation.name"] == operation


@pytest.mark.parametrize(
    ("attributes", "kind", "dialect"),
    [
        ({"gen_ai.request.model": "m"}, "model_response", "otel_genai"),
        ({"gen_ai.response.model": "m"}, "model_response", "otel_genai"),
        ({"gen_ai.tool.name": "t"}, "tool_call", "otel_genai"),
        ({"gen_ai.system": "openai"}, "span", "otel_genai"),
        ({"http.request.method": "GET"}, "span", "otel"),
        ({"mcp.method.name": "tools/list"}, "span", "mcp"),
    ],
)
def test_without_an_operation_the_other_attributes_tell(attributes: dict[str, Any], kind: str, dialect: str) -> None:
    event = span_event(attributes)
    assert (event.type, event.dialect) == (kind, dialect)


def chat(**more: Any) -> dict[str, Any]:
    return {"gen_ai.operation.name": "chat", **{f"gen_ai.{key}": value for key, value in more.items()}}


IDENTITY = {
    "request.model": "gpt-x", "response.model": "gpt-x-2026", "provider.name": "openai", "response.id": "r1",
    "conversation.id": "c1", "agent.name": "bob", "prompt.name": "greet", "prompt.version": "3",
}  # fmt: skip


def test_identity_lands_in_columns() -> None:
    event = span_event(chat(**IDENTITY))
    assert (event.model, event.model_requested, event.provider) == ("gpt-x-2026", "gpt-x", "openai")
    assert (event.response_id, event.session_id, event.agent_name) == ("r1", "c1", "bob")
    assert (event.prompt_name, event.prompt_version) == ("greet", "3")


def test_names_before_the_current_ones_are_read_and_the_current_ones_win() -> None:
    """B-56."""
    assert span_event(chat(system="vertex_ai")).provider == "vertex_ai"
    assert span_event(chat(**{"system": "old", "provider.name": "new"})).provider == "new"
    assert span_event(chat(**{"request.model": "asked"})).model == "asked"
    assert span_event(chat(**{"workflow.name": "flow"})).agent_name == "flow"
    assert span_event({**chat(), "session.id": "s", "gen_ai.conversation.id": "c"}).session_id == "s"


USAGE = [
    pytest.param({"input_tokens": 10, "output_tokens": 5}, {"input_tokens": 10, "output_tokens": 5}, id="current"),
    pytest.param({"prompt_tokens": 1, "completion_tokens": 2}, {"input_tokens": 1, "output_tokens": 2}, id="old"),
    pytest.param({"prompt_tokens": 1, "input_tokens": 9}, {"input_tokens": 9}, id="B-56-newest-wins"),
    pytest.param(
        {"input_tokens": 100, "cache_read.input_tokens": 60, "cache_write.input_tokens": 30},
        {"input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 30}, id="cache"),
    pytest.param(
        {"input_tokens": 100, "cache_creation.input_tokens": 30},
        {"input_tokens": 100, "cache_write_tokens": 30}, id="cache-creation"),
    pytest.param(
        {"input_tokens": 100, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 30},
        {"input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 30}, id="cache-of-old-emitters"),
    pytest.param(
        {"input_tokens": 2, "cache_read.input_tokens": 84_562},
        {"input_tokens": 84_564, "cache_read_tokens": 84_562}, id="input-without-its-cache"),
    pytest.param(
        {"output_tokens": 50, "reasoning.output_tokens": 40}, {"output_tokens": 50, "reasoning_tokens": 40},
        id="reasoning"),
    pytest.param({"reasoning_tokens": 40}, {"reasoning_tokens": 40}, id="reasoning-of-old-emitters"),
    pytest.param(
        {"audio.input_tokens": 3, "audio.output_tokens": 4}, {"input_audio_tokens": 3, "output_audio_tokens": 4},
        id="audio"),
    pytest.param({"input_tokens": "12", "output_tokens": 5.0}, {"input_tokens": 12, "output_tokens": 5}, id="B-57"),
    pytest.param({"input_tokens": 0}, {"input_tokens": 0}, id="zero"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "usage"), USAGE)
def test_usage_under_every_name(given: dict[str, Any], usage: dict[str, int]) -> None:
    event = span_event(chat(**{f"usage.{key}": value for key, value in given.items()}))
    assert event.usage == usage
    # Whatever was counted, what was sent can be read.
    assert {f"gen_ai.usage.{key}" for key in given} <= event.attributes.keys()


@pytest.mark.parametrize(
    "count", [-1, 1.5, "-3", "1.5", "many", "", True, 2**62, float("nan"), float("inf"), [1], None]
)
def test_what_is_no_count_stays_an_attribute(count: object) -> None:
    """B-57."""
    event = span_event(chat(**{"usage.input_tokens": count}))
    assert event.usage == {}
    assert "gen_ai.usage.input_tokens" in event.attributes


@pytest.mark.parametrize(
    ("key", "value", "cost"),
    [
        ("gen_ai.usage.cost", 0.25, Decimal("0.25")),
        ("operation.cost", "0.000001", Decimal("0.000001")),
        ("gen_ai.cost.total_cost", 3, Decimal(3)),
        ("gen_ai.usage.cost", 0.00018449999999999999, Decimal("0.000184500000")),
        ("gen_ai.usage.cost", 1e-20, Decimal(0)),
        ("gen_ai.usage.cost", 999_999.9999999999, Decimal("999999.9999999999")),
        ("gen_ai.usage.cost", "999999.9999999999999", None),
        ("gen_ai.usage.cost", -1.0, None),
        ("gen_ai.usage.cost", 1e30, None),
        ("gen_ai.usage.cost", float("nan"), None),
        ("gen_ai.usage.cost", "free", None),
        ("gen_ai.usage.cost", "1" * 400, None),
        ("gen_ai.usage.cost", True, None),
    ],
)
def test_what_the_sender_says_it_cost_is_kept_apart(key: str, value: object, cost: Decimal | None) -> None:
    """B-90, and no more places than the column has."""
    event = span_event({**chat(), key: value})
    assert (event.reported_cost_usd, event.cost_usd) == (cost, None)


TOOL = {
    "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.call.id": "call_1",
    "gen_ai.tool.call.arguments": '{"q":"x"}', "gen_ai.tool.call.result": "three results",
}  # fmt: skip


def test_a_tool_span_is_a_tool_call() -> None:
    event = span_event(TOOL, name="execute_tool search")
    assert (event.type, event.tool_name, event.name) == ("tool_call", "search", "execute_tool search")
    assert (event.input, event.input_preview) == ('{"q":"x"}', '{"q":"x"}')
    assert (event.output, event.output_preview) == ('"three results"', "three results")
    assert event.attributes["gen_ai.tool.call.id"] == "call_1"
    assert "gen_ai.tool.call.arguments" not in event.attributes


def test_structured_arguments_mean_the_same_as_their_json() -> None:
    event = span_event({**TOOL, "gen_ai.tool.call.arguments": {"q": "x"}})
    assert event.input == '{"q":"x"}'


def test_a_tool_without_a_name_is_called_as_its_span() -> None:
    assert span_event({"gen_ai.operation.name": "execute_tool"}, name="grep").tool_name == "grep"


def test_a_retrieval_has_its_query_and_documents() -> None:
    documents = [{"id": "d1", "score": 0.5}]
    event = span_event({
        "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "wiki", "gen_ai.retrieval.query.text": "why",
        "gen_ai.retrieval.documents": orjson.dumps(documents).decode(),
    })  # fmt: skip
    assert (event.type, event.input, event.input_preview) == ("retrieval", '"why"', "why")
    assert orjson.loads(event.output) == documents
    assert event.attributes["gen_ai.data_source.id"] == "wiki"


def test_an_agent_span_has_its_name_and_messages() -> None:
    said = '[{"role":"assistant","parts":[{"type":"text","content":"done"}]}]'
    event = span_event({
        "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "bob", "gen_ai.agent.id": "a1",
        "gen_ai.output.messages": said,
    })  # fmt: skip
    assert (event.type, event.agent_name, event.output_preview) == ("agent_action", "bob", "done")
    assert orjson.loads(event.output) == orjson.loads(said)
    assert event.attributes["gen_ai.agent.id"] == "a1"


def test_an_embedding_is_a_model_call_with_its_input_tokens() -> None:
    event = span_event({
        "gen_ai.operation.name": "embeddings", "gen_ai.request.model": "embed-x", "gen_ai.usage.input_tokens": 8,
        "gen_ai.embeddings.dimension.count": 256,
    })  # fmt: skip
    assert (event.type, event.model, event.usage) == ("model_response", "embed-x", {"input_tokens": 8})
    assert event.attributes["gen_ai.embeddings.dimension.count"] == "256"


@pytest.mark.parametrize("length", [300, 10_240])
def test_long_names_are_cut_and_kept_as_attributes(length: int) -> None:
    """B-89."""
    event = span_event(chat(**{"request.model": "m" * length, "agent.name": "a" * length}))
    assert (event.model, event.agent_name) == ("m" * 256, "a" * 256)
    assert event.attributes["gen_ai.request.model"] == "m" * length
