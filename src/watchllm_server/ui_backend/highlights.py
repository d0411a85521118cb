"""Pieces of stored JSON texts as people read them: without JSON's way of writing quotes, line ends and letters."""

from __future__ import annotations

import re
from typing import Any, Final

from watchllm_server.stores.events.contract.search import Found

_ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def highlight(found: Found) -> dict[str, Any]:
    """Return the answer of one place. Escapes that the cut left in half stay as they are."""
    return {
        "field": found.field,
        "before": _read(found.before),
        "match": _read(found.match),
        "after": _read(found.after),
    }


def _read(piece: str) -> str:
    text = _ESCAPE.sub(_letter, piece)
    # Two escapes of one character beyond the first 65,536 become it; half a pair becomes a replacement.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _letter(escape: re.Match[str]) -> str:
    code, letter = escape.groups()
    return chr(int(code, 16)) if code else _LETTERS.get(letter, letter)
