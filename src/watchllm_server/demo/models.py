"""The models that the demo's applications use, and who uses them; no prices, which are the server's business."""

from __future__ import annotations

import random
from typing import Final

from watchllm_server.demo.story import Model

GPT_4O: Final = Model("gpt-4o", "openai", 480, 13)
GPT_4O_MINI: Final = Model("gpt-4o-mini", "openai", 350, 9)
GPT_41: Final = Model("gpt-4.1", "openai", 520, 15)
SONNET: Final = Model("claude-sonnet-4-5", "anthropic", 650, 17)
HAIKU: Final = Model("claude-3-5-haiku-20241022", "anthropic", 380, 10)
GEMINI_FLASH: Final = Model("gemini-2.5-flash", "google", 300, 7)
MISTRAL: Final = Model("mistral-large-latest", "mistral", 430, 16)
EMBEDDING: Final = Model("text-embedding-3-small", "openai", 60, 1)
# Served in the house, so nobody sells it: its calls stay unpriced.
IN_HOUSE: Final = Model("acme-support-8b", "self_hosted", 210, 6)

CUSTOMERS: Final = 60
RELEASES: Final = ("2026.11.1", "2026.11.2", "2026.11.3")


def pick_release(chance: random.Random) -> str:
    """Return a release; the newest is the most used."""
    return chance.choices(RELEASES, weights=(2, 3, 5))[0]


def pick_environment(chance: random.Random) -> str:
    """Return production mostly."""
    return chance.choices(("production", "staging", "development"), weights=(8, 2, 1))[0]


def pick_customer(chance: random.Random) -> str:
    """Return an end user of the application; some come often."""
    return f"customer-{min(int(chance.expovariate(1 / 15)), CUSTOMERS - 1) + 1:03d}"
