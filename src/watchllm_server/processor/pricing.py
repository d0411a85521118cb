"""Costs of model calls: price × usage at the event's time, with the revision of the prices that made it.

Unknown is `None` with a reason, never 0. Prices come from the `genai-prices` package, which is pinned: so the
same event always gets the same cost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import Final

import msgspec
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice

from watchllm_server.model.event import Event

REVISION: Final = f"genai-prices {version('genai-prices')}"
PRICED_TYPES: Final = frozenset({"model_response", "token_usage"})

_MILLION: Final = Decimal(1_000_000)
# The columns keep 12 decimals: a millionth of a millionth of a dollar.
_STEP: Final = Decimal("0.000000000001")
# What a decimal column of 18 digits with 12 places holds.
_MAX_COST: Final = Decimal(1_000_000)
_DAY_US: Final = 86_400 * 1_000_000

# Names that emitters use and the price data does not know.
_PROVIDERS: Final = {
    "x_ai": "x-ai", "xai": "x-ai", "gcp.gen_ai": "google", "gcp.gemini": "google", "gcp.vertex_ai": "google",
    "vertex_ai": "google", "gemini": "google", "azure.ai.openai": "azure", "azure.ai.inference": "azure",
    "az.ai.openai": "azure", "az.ai.inference": "azure", "azure_openai": "azure", "aws.bedrock": "aws",
    "bedrock": "aws", "mistral_ai": "mistral", "mistralai": "mistral", "fireworks_ai": "fireworks",
    "together_ai": "together", "moonshot_ai": "moonshotai",
}  # fmt: skip
_MODEL_PREFIXES: Final = ("models/", "openai/", "azure/", "anthropic/", "google/", "gemini/", "mistral/", "bedrock/")
_USAGE_NAMES: Final = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "input_audio_tokens": "input_audio_tokens",
    "output_audio_tokens": "output_audio_tokens",
    "cache_audio_read_tokens": "cache_audio_read_tokens",
}
# Kinds that the flat arithmetic below covers; reasoning is part of output and priced as such.
_FLAT_KINDS: Final = frozenset({"input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens"})


def add_cost(event: Event) -> None:
    """Fill the cost columns of a model call or a token usage; other events stay without."""
    if event.type not in PRICED_TYPES or not event.usage:
        return
    model = event.model or event.model_requested
    if not model:
        event.cost_status = "unpriced:no_model"
        return
    try:
        rates = _find_rates(model, event.provider, event.start_us - event.start_us % _DAY_US)
        if rates is None:
            event.cost_status = "unpriced:unknown_model"
            return
        breakdown = _flat_cost(rates, event.usage) or _full_cost(rates.price, event.usage)
    except (ValueError, ArithmeticError) as error:
        # Such as more cached tokens than input: the sender's numbers contradict each other.
        event.cost_status = f"unpriced:bad_usage:{type(error).__name__}"
        return
    costs = {kind: cost.quantize(_STEP) for kind, cost in breakdown.items() if cost}
    total = sum(costs.values(), Decimal(0)).quantize(_STEP)
    if total >= _MAX_COST:
        # A count of tokens that no call can have had: the row would be refused for its cost.
        event.cost_status = "unpriced:bad_usage:too_large"
        return
    event.cost_breakdown, event.cost_usd = costs, total
    event.cost_status = "priced"
    event.price_revision = REVISION


def load_prices() -> None:
    """Read the price data now; the first price otherwise takes half a second."""
    _find_rates("gpt-4o", "openai", 0)


class Rates(msgspec.Struct, frozen=True):
    """The price of a model on a day; per token where it is one plain number, else None."""

    price: ModelPrice
    per_input: Decimal | None
    per_output: Decimal | None
    per_cache_read: Decimal | None


@lru_cache(maxsize=8_192)
def _find_rates(model: str, provider: str, day_us: int) -> Rates | None:
    at = datetime.fromtimestamp(day_us / 1_000_000, tz=UTC)
    for name in _model_names(model.strip()):
        for hint in _provider_hints(provider):
            try:
                _, info = get_snapshot().find_provider_model(name, None, hint, None)
            except LookupError:
                continue
            price = info.get_prices(at)
            plain = (price.input_mtok, price.output_mtok, price.cache_read_mtok)
            return Rates(price, *(p / _MILLION if isinstance(p, Decimal) else None for p in plain))
    return None


def _model_names(model: str) -> list[str]:
    names = [model]
    names += [model.removeprefix(prefix) for prefix in _MODEL_PREFIXES if model.startswith(prefix)]
    return names


def _provider_hints(provider: str) -> list[str | None]:
    known = provider.strip().lower()
    hints: list[str | None] = [hint for hint in (_PROVIDERS.get(known), known.partition(".")[0], known) if hint]
    # Last without a hint: a gateway's or a proxy's name says nothing about the price of the model.
    return [*dict.fromkeys(hints), None]


def _flat_cost(rates: Rates, usage: dict[str, int]) -> dict[str, Decimal] | None:
    """Multiply plain per-token prices; None where tiers or other units need the full arithmetic."""
    if not _FLAT_KINDS.issuperset(usage):
        return None
    read = usage.get("cache_read_tokens", 0)
    fresh = usage.get("input_tokens", 0) - read
    output = usage.get("output_tokens", 0)
    if fresh < 0 or rates.per_input is None:
        return None
    costs = {"input": rates.per_input * fresh}
    if read:
        if rates.per_cache_read is None:
            return None
        costs["cache_read"] = rates.per_cache_read * read
    if output:
        if rates.per_output is None:
            return None
        costs["output"] = rates.per_output * output
    return costs


def _full_cost(price: ModelPrice, usage: dict[str, int]) -> dict[str, Decimal]:
    given = {_USAGE_NAMES[kind]: count for kind, count in usage.items() if kind in _USAGE_NAMES}
    costs = price.calc_price(Usage(**given))
    return {
        "input": costs["input_price"],
        "output": costs["output_price"],
        "other": costs["total_price"] - costs["input_price"] - costs["output_price"],
    }
