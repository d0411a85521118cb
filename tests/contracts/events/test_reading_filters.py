"""A filter means in the engine what it means in plain Python, on the real engine over a real connection."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import pytest
from tests.contracts.events.reading_data import NOON_US, SECOND_US, event, store_events, varied_summaries

from watchllm_server.model.event import Event
from watchllm_server.model.filter import And, Condition, Node, Not, Or, Subject
from watchllm_server.model.filter_reading import read_filter
from watchllm_server.model.trace import HOUR_US, TraceSummary
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import EventQuery, TraceQuery
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter

# Enough that every field meets every operator; each costs one query.
ROUNDS = 120


@pytest.fixture
def project() -> str:
    return f"proj_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def reader(event_store: Client) -> ClickHouseReader:
    return ClickHouseReader(event_store)


def holds(node: Node, row: Mapping[str, Any]) -> bool:
    """Say what a filter means."""
    match node:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
        case Condition(field, op, value):
            if op == "!=":
                return not holds(Condition(field, "=", value), row)
            if op == "exists" and field.startswith("attributes."):
                return (field in row) == value
            return _holds(op, value, row.get(field))


def _holds(op: str, value: Any, found: Any) -> bool:
    if op == "exists":
        return (found is not None and found not in ("", [])) == value
    if found is None:
        return False
    if op == "contains":
        texts = cast(list[str], found if isinstance(found, list) else [found])
        return any(value.lower() in text.lower() for text in texts)
    if op == "in":
        return bool(set(value).intersection(cast(list[str], found))) if isinstance(found, list) else found in value
    if op == "=":
        return value in found if isinstance(found, list) else found == value
    return {"<": found < value, "<=": found <= value, ">": found > value, ">=": found >= value}[op]


def trace_row(one: TraceSummary) -> dict[str, Any]:
    return {
        "trace_id": one.trace_id, "name": one.name, "status": one.status, "session_id": one.session_id,
        "user_id": one.user_id, "environment": one.environment, "release": one.release, "tags": one.tags,
        "models": one.models, "model": one.models, "start_time": one.start_us, "end_time": one.end_us,
        "duration_ms": (one.end_us - one.start_us) / 1_000, "event_count": one.event_count,
        "error_count": one.error_count, "model_call_count": one.model_call_count,
        "total_tokens": one.input_tokens + one.output_tokens, "total_cost_usd": one.cost_usd,
        "input_preview": one.input_preview, "output_preview": one.output_preview,
    }  # fmt: skip


def event_row(one: Event) -> dict[str, Any]:
    tokens = one.usage.get("input_tokens", 0), one.usage.get("output_tokens", 0)
    return {
        **{name: getattr(one, name) for name in (
            "event_id", "trace_id", "parent_event_id", "type", "name", "status_message", "session_id", "user_id",
            "environment", "release", "tags", "model", "provider", "agent_name", "tool_name", "prompt_name",
            "prompt_version", "step_index", "cost_usd",
        )},
        "status": one.status or "ok", "start_time": one.start_us, "input_tokens": tokens[0],
        "output_tokens": tokens[1], "total_tokens": sum(tokens), "text": [one.input, one.output],
        "duration_ms": None if one.end_us is None else (one.end_us - one.start_us) / 1_000,
        **{f"attributes.{key}": value for key, value in one.attributes.items()},
    }  # fmt: skip


def varied_events(project_id: str) -> list[Event]:
    return [
        event(
            project_id, f"e{at:02}", trace_id=f"t{at % 5}", parent_event_id=("", "root")[at % 2],
            type=("span", "model_response", "log")[at % 3], name=("plan", "Überweisung", "it's 100%_\\")[at % 3],
            start_us=NOON_US + at * SECOND_US, end_us=(None, NOON_US + at * SECOND_US + at * 1_500)[at % 2],
            status=("", "ok", "error")[at % 3], tags=[["red"], [], ["red", "green"]][at % 3],
            model=("", "gpt-4o")[at % 2], provider=("openai", "")[at % 2], tool_name=("", "look")[at % 2],
            usage=[{}, {"input_tokens": at, "output_tokens": 2}][at % 2], step_index=(None, at - 3)[at % 2],
            cost_usd=(None, Decimal(0), Decimal("0.05"), Decimal("0.000000000001"))[at % 4],
            input=("", '"A Refund of 100%"', "[]")[at % 3], output=("", '"付款失敗"')[at % 2],
            attributes=[{}, {"http.status": "200", "quote'`": "a\\b"}, {"http.status": ""}][at % 3],
        )
        for at in range(24)
    ]  # fmt: skip


def random_filter(pick: random.Random, rows: list[dict[str, Any]], subject: Subject, depth: int = 0) -> Any:
    """Make a filter whose values mostly occur in the rows."""
    shape = pick.random()
    if depth < 3 and shape < 0.35:
        parts = [random_filter(pick, rows, subject, depth + 1) for _ in range(pick.randint(1, 3))]
        return {pick.choice(("and", "or")): parts}
    if depth < 3 and shape < 0.5:
        return {"not": random_filter(pick, rows, subject, depth + 1)}
    row = pick.choice(rows)
    field = pick.choice([*row, "attributes.http.status"] if subject == "events" else list(row))
    return random_condition(pick, field, row.get(field))


def random_condition(pick: random.Random, field: str, found: Any) -> dict[str, Any]:
    if field == "text":
        return {"field": field, "op": "contains", "value": pick.choice(["refund", "100%", "失敗", "_", "", "\\"])}
    if field in ("start_time", "end_time"):
        minute = pick.randint(0, 59)
        op = pick.choice(("<", "<=", ">", ">="))
        return {"field": field, "op": op, "value": f"2026-11-18T12:{minute:02}:00{pick.choice(('Z', '+00:00'))}"}
    if isinstance(found, list):
        op = pick.choice(("=", "!=", "in", "contains", "exists"))
        word = pick.choice(["red", "GREEN", "green", "gpt-4o", "r", "absent"])
    elif isinstance(found, str):
        op = pick.choice(("=", "!=", "in", "contains", "exists"))
        word = pick.choice([found, found.upper(), found[1:3], "absent"])
    elif field.endswith("cost_usd"):
        op = pick.choice(("=", "!=", "<", "<=", ">", ">=", "exists"))
        word = pick.choice(["0", "0.05", 0.05, "0.000000000001", 12, "-1"])
    elif field.startswith("attributes."):
        op, word = "exists", True
    else:
        op = pick.choice(("=", "!=", "in", "<", "<=", ">", ">=", "exists"))
        word = pick.choice([0, 1, 2, 7, 1.5, 3000, -3])
    value = pick.choice((True, False)) if op == "exists" else [word, word] if op == "in" else word
    return {"field": field, "op": op, "value": value}


async def test_filters_of_traces_mean_what_they_say(
    event_store: Client, reader: ClickHouseReader, project: str
) -> None:
    written = varied_summaries(project)
    await ClickHouseWriter(event_store).insert_summaries(written, 1)
    rows = [trace_row(one) for one in written]
    pick = random.Random(7)
    for _ in range(ROUNDS):
        source = random_filter(pick, rows, "traces")
        node = read_filter(source, "traces")
        query = TraceQuery(from_us=NOON_US, to_us=NOON_US + 2 * HOUR_US, filter=node, sort="event_count", limit=100)
        found = {row["trace_id"] for row in (await reader.list_traces(project, query)).rows}
        assert found == {row["trace_id"] for row in rows if holds(node, row)}, source


async def test_filters_of_events_mean_what_they_say(
    event_store: Client, reader: ClickHouseReader, project: str
) -> None:
    written = varied_events(project)
    await store_events(ClickHouseWriter(event_store), *written)
    rows = [event_row(one) for one in written]
    pick = random.Random(11)
    for _ in range(ROUNDS):
        source = random_filter(pick, rows, "events")
        node = read_filter(source, "events")
        query = EventQuery(from_us=NOON_US, to_us=NOON_US + HOUR_US, filter=node, limit=100)
        found = {row["event_id"] for row in (await reader.list_events(project, query)).rows}
        assert found == {row["event_id"] for row in rows if holds(node, row)}, source


@pytest.mark.parametrize("op", ["exists", "=", "!="])
async def test_an_attribute_that_is_empty_exists_and_one_that_is_absent_is_unlike_everything(
    event_store: Client, reader: ClickHouseReader, project: str, op: str
) -> None:
    await store_events(
        ClickHouseWriter(event_store),
        event(project, "absent"),
        event(project, "empty", attributes={"k": ""}),
        event(project, "full", attributes={"k": "v"}),
    )
    value, expected = {
        "exists": (True, {"empty", "full"}),
        "=": ("", {"empty"}),
        "!=": ("", {"absent", "full"}),
    }[op]
    node = read_filter({"field": "attributes.k", "op": op, "value": value}, "events")
    query = EventQuery(from_us=NOON_US, to_us=NOON_US + HOUR_US, filter=node)
    assert {row["event_id"] for row in (await reader.list_events(project, query)).rows} == expected


async def test_a_list_of_a_thousand_values_of_two_hundred_bytes_is_read(
    event_store: Client, reader: ClickHouseReader, project: str
) -> None:
    await store_events(ClickHouseWriter(event_store), event(project, "e", name="付" * 66))
    node = read_filter(
        {"field": "name", "op": "in", "value": ["付" * 66, *(f"{at:0>200}" for at in range(999))]}, "events"
    )
    query = EventQuery(from_us=NOON_US, to_us=NOON_US + HOUR_US, filter=node)
    assert len((await reader.list_events(project, query)).rows) == 1
