"""Reads single attribute values: JSON that came as text, whole numbers, first names that are there."""

from __future__ import annotations

from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.content_parts import decoded

# Larger counts are no counts: a row's number must stay exact in JSON.
MAX_COUNT: Final = 2**53
_PYTHON_WORDS: Final = (("'", '"'), (": None", ": null"), (": True", ": true"), (": False", ": false"))


def parsed(value: Any) -> Any:
    """Return JSON text decoded; a text that is not JSON (or was cut in half) as it is; None for an empty one."""
    if not isinstance(value, str):
        return value
    if value[:1] != '"':
        return decoded(value) or None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def parsed_object(value: Any) -> dict[str, Any]:
    """Return an object, given as such or as JSON text; {} for anything else."""
    found = parsed(value)
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def python_object(value: Any) -> dict[str, Any]:
    """Return an object that an emitter wrote as Python shows it, or as JSON; {} for anything else.

    Enough for objects of counts: a text with a quote in it is not read.
    """
    found = parsed_object(value)
    if found or not isinstance(value, str):
        return found
    for shown, written in _PYTHON_WORDS:
        value = value.replace(shown, written)
    return parsed_object(value)


def as_list(value: Any) -> list[Any]:
    """Return a list, given as such or as JSON text; [] for anything else."""
    found = parsed(value)
    return cast(list[Any], found) if isinstance(found, list) else []


def as_json(value: Any) -> str:
    """Return a value as JSON text: one that is JSON already stays byte by byte, any other becomes a JSON text."""
    if not isinstance(value, str):
        return dumps(value)
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return dumps(value)
    return value


def dumps(value: Any) -> str:
    """Return a value as JSON text. Raises TypeError for what is nested too deeply."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()


def count_of(value: Any) -> int | None:
    """Return a whole number ≥ 0, given as such or as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 16 and value.isdecimal():
        value = int(value)
    if isinstance(value, int | float) and 0 <= value <= MAX_COUNT and value == int(value):
        return int(value)
    return None


def plain_text(value: Any) -> str:
    """Return a text without the JSON quotes that some emitters put around it."""
    found = parsed(value) if isinstance(value, str) else value
    return found if isinstance(found, str) else ""
