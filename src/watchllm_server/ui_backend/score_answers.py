"""Scores as answers show them: a number where the sender gave one, its label otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def shown_scores(scores: Mapping[str, str]) -> dict[str, float | str]:
    """Return name → value or label of a trace's row, which keeps both as text."""
    return {name: _shown(text) for name, text in scores.items()}


def _shown(text: str) -> float | str:
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else text
