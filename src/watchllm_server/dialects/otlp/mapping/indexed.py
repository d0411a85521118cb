"""Puts flattened attributes together again: `prefix.0.role`, `prefix.0.tool_calls.1.name`, in any order."""

from __future__ import annotations

from typing import Any, Final, cast

# A sender writes these keys: `prefix.999999999.role` must not make a list of a thousand million.
MAX_INDEX: Final = 10_000
MAX_DEPTH: Final = 8


def collect_indexed(attributes: dict[str, Any], prefix: str) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the objects below `prefix` in the order of their indexes, and the keys they were made of.

    Indexes may have gaps. Keys that are too deep or not numbered are left alone.
    """
    root: dict[str, Any] = {}
    used: set[str] = set()
    for key, value in attributes.items():
        if not key.startswith(prefix):
            continue
        steps = key[len(prefix) :].split(".")
        is_numbered = steps[0].isdecimal() and len(steps[0]) <= 5 and int(steps[0]) <= MAX_INDEX
        if is_numbered and 1 < len(steps) <= MAX_DEPTH and _put(root, steps, value):
            used.add(key)
    return [root[key] for key in sorted(root, key=int) if isinstance(root[key], dict)], used


def understood(used: set[str], prefix: str, fields: frozenset[str]) -> set[str]:
    """Return the keys of these fields, which stand one or two steps below the index: the others stay attributes."""
    return {key for key in used if not fields.isdisjoint(key[len(prefix) :].split(".", 3)[1:3])}


def listed(numbered: Any) -> list[Any]:
    """Return what stood below an index as a list, in the order of the indexes; [] for what is not numbered."""
    if not isinstance(numbered, dict):
        return []
    given = cast(dict[str, Any], numbered)
    # By length first: "10" comes after "9".
    return [given[key] for key in sorted(given, key=lambda key: (len(key), key)) if key.isdecimal()]


def _put(root: dict[str, Any], steps: list[str], value: Any) -> bool:
    place = root
    for step in steps[:-1]:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            return False
        place = cast(dict[str, Any], inner)
    if isinstance(place.get(steps[-1]), dict):
        # A value where others already stand below it: it stays an attribute.
        return False
    place[steps[-1]] = value
    return True
