"""The provider's clients that the SDK is tested with: today's in our own environment, older ones in theirs.

To lock the older ones again: `python -m tests.sdk.clients`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.own_environments import ROOT, OwnEnvironment

HERE = Path(__file__).parent
CACHE = ROOT / ".cache" / "sdk-clients"

CURRENT = "current"
# By the month of their clients.
OLDER = ("2025-03", "2025-10")
GENERATIONS = (CURRENT, *OLDER)


def interpreter_of(generation: str) -> Path:
    """Return the Python that has the clients of a generation, made if needed. Raises NoNetwork."""
    return Path(sys.executable) if generation == CURRENT else _environment(generation).make()


def _environment(generation: str) -> OwnEnvironment:
    return OwnEnvironment(generation, HERE / f"requirements-clients-{generation}.txt", CACHE)


def main() -> None:
    """Resolve the `.in` files into exact versions with hashes."""
    for generation in OLDER:
        _environment(generation).lock()


if __name__ == "__main__":
    main()
