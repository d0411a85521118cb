"""Reads what a sender says that something cost, exactly as a column of the event store can hold it."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final

# What a decimal column of 18 digits with 12 places holds.
MAX_DOLLARS: Final = Decimal(1_000_000)
_PLACES: Final = Decimal("1e-12")
# A longer text is no amount; a float never prints more than 24 characters.
_MAX_CHARS: Final = 64


def read_dollars(value: Any) -> Decimal | None:
    """Return a number or decimal text from 0 to a million as dollars, rounded to 12 places; None for others."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    if len(text) > _MAX_CHARS:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < MAX_DOLLARS:
        return None
    # A float such as 0.00018449999999999999 has more places than the column: the row would be refused.
    rounded = amount.quantize(_PLACES, rounding=ROUND_HALF_EVEN)
    return rounded if rounded < MAX_DOLLARS else None
