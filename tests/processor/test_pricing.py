"""Costs of model calls: the fast arithmetic equals the full one, and what is unknown is never 0."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from watchllm_server.model.event import Event, EventType
from watchllm_server.processor.pricing import REVISION, add_cost

NOON_US = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * 1_000_000


def call(
    model: str, provider: str = "", *, at_us: int = NOON_US, kind: EventType = "model_response", **usage: int
) -> Event:
    event = Event(
        project_id="p", event_id="e", trace_id="t", type=kind, version=1, accepted_at_us=at_us, start_us=at_us,
        model=model, provider=provider, usage=usage,
    )  # fmt: skip
    add_cost(event)
    return event


@given(
    model=st.sampled_from(
        ["gpt-4o", "gpt-4o-mini", "claude-3-5-sonnet-20241022", "gemini-2.5-pro", "mistral-large-latest"]
    ),
    input_tokens=st.integers(0, 400_000),
    read_share=st.floats(0, 1),
    output_tokens=st.integers(0, 50_000),
)
def test_a_cost_equals_the_price_packages_own_arithmetic(
    model: str, input_tokens: int, read_share: float, output_tokens: int
) -> None:
    read = int(input_tokens * read_share)
    usage: dict[str, Any] = {"input_tokens": input_tokens, "output_tokens": output_tokens, "cache_read_tokens": read}
    expected = calc_price(
        Usage(**usage), model, genai_request_timestamp=datetime.fromtimestamp(NOON_US / 1_000_000, tz=UTC)
    ).total_price
    event = call(model, **usage)
    assert event.cost_usd is not None
    assert abs(event.cost_usd - expected) <= Decimal("0.000000000003")
    assert sum(event.cost_breakdown.values(), Decimal(0)) == event.cost_usd
    assert (event.cost_status, event.price_revision) == ("priced", REVISION)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o", "openai"), (" GPT-4o ", ""), ("openai/gpt-4o", ""), ("azure/gpt-4o", "azure"),
        ("models/gemini-2.5-flash", "gcp.gen_ai"), ("grok-4", "x_ai"), ("gpt-4o", "a proxy nobody knows"),
        ("gpt-4o", "openai.chat"), ("mistral-large-latest", "mistral_ai"),
    ],
)  # fmt: skip
def test_names_as_emitters_write_them_find_a_price(model: str, provider: str) -> None:
    assert call(model, provider, input_tokens=1_000, output_tokens=10).cost_status == "priced"


def test_an_unknown_model_has_no_cost_and_says_why() -> None:
    event = call("our-own-llama", input_tokens=5)
    assert (event.cost_usd, event.cost_status) == (None, "unpriced:unknown_model")


def test_usage_that_contradicts_itself_has_no_cost_and_says_why() -> None:
    event = call("gpt-4o", "openai", input_tokens=5, cache_read_tokens=9)
    assert event.cost_usd is None
    assert event.cost_status.startswith("unpriced:bad_usage")


def test_a_cost_that_no_column_holds_is_no_cost_and_says_why() -> None:
    event = call("gpt-4o", "openai", input_tokens=10, output_tokens=2**53)
    assert (event.cost_usd, event.cost_breakdown) == (None, {})
    assert event.cost_status == "unpriced:bad_usage:too_large"


def test_the_price_is_the_one_of_the_events_day() -> None:
    before = call(
        "o3", "openai", at_us=int(datetime(2025, 6, 1, tzinfo=UTC).timestamp()) * 1_000_000, input_tokens=1_000
    )
    after = call(
        "o3", "openai", at_us=int(datetime(2025, 7, 1, tzinfo=UTC).timestamp()) * 1_000_000, input_tokens=1_000
    )
    assert before.cost_usd is not None
    assert after.cost_usd is not None
    assert before.cost_usd == 5 * after.cost_usd


def test_only_model_calls_and_token_usages_are_priced() -> None:
    assert call("gpt-4o", kind="agent_action", input_tokens=5).cost_status == ""
    assert call("gpt-4o", kind="token_usage", input_tokens=5).cost_status == "priced"
