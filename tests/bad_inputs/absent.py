"""The rows whose feature does not exist yet, each with what it comes with. A row may not be in both tables."""

from __future__ import annotations

from typing import Final

ABSENT: Final = {
    "B-30": "comes with plans: there is no quota to exceed",
    "B-91": "comes with prices of one's own: every amount is named in dollars, `costUSD`, and every count in tokens",
    "B-95": "comes with redaction: texts are kept as they are sent; what is logged has no text in it",
    "B-104": "comes with export: no route answers in csv (B-107 refuses it)",
}
