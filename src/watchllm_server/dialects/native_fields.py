"""Reads the fields of a native event one by one, in camelCase or snake_case, and refuses what is wrong by name.

What nobody took is kept: it becomes an attribute of the event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.dollars import read_dollars
from watchllm_server.model.event import MAX_AHEAD_US, MIN_TIME_US
from watchllm_server.model.ids import MAX_ID_BYTES
from watchllm_server.model.times import from_rfc3339

# Beyond it a sum of a few thousand events would leave 64 bits.
MAX_COUNT: Final = 2**53


class Refused(Exception):
    """The event is refused; `code` is one of `errors.EVENT_CODES`."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.message = message


class Fields:
    """One JSON object. Every `take_…` removes what it reads; `rest` is what nobody took."""

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        self.rest = dict(values)
        self._path = path
        # The name under which the value at hand was sent: a refusal must name what the sender wrote.
        self._name = ""

    def take(self, *names: str) -> Any:
        """Return the value of the first name that is there; null counts as absent."""
        found = None
        self._name = names[0]
        for name in names:
            value = self.rest.pop(name, None)
            if found is None and value is not None:
                found, self._name = value, name
        return found

    def present(self, name: str) -> Any:
        """Return a value that must be there but may be null."""
        self._name = name
        if name not in self.rest:
            raise self._refuse("missing", "is required")
        return self.rest.pop(name)

    def _refuse(self, code: str, message: str) -> Refused:
        path = f"{self._path}.{self._name}" if self._path else self._name
        return Refused(code, path, f"{path} {message}")

    def text(self, *names: str, required: bool = False) -> str:
        """Return a text, "" when absent."""
        value = self.take(*names)
        if value is None:
            if required:
                raise self._refuse("missing", "is required")
            return ""
        if not isinstance(value, str):
            raise self._refuse("wrong_type", "must be a text")
        return value

    def short(self, *names: str, limit: int = MAX_ID_BYTES, code: str = "bad_id") -> str:
        """Return an id or a name of at most `limit` bytes without control characters."""
        value = self.text(*names)
        if value and (len(value.encode()) > limit or not _is_plain(value)):
            raise self._refuse(code, f"must have at most {limit} bytes and no control characters")
        return value

    def object(self, *names: str) -> dict[str, Any]:
        """Return an object, {} when absent."""
        value = self.take(*names)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._refuse("wrong_type", "must be an object")
        return cast(dict[str, Any], value)

    def texts(self, *names: str, most: int, longest: int = MAX_ID_BYTES) -> list[str]:
        """Return a list of texts, [] when absent."""
        value = self.take(*names)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in cast(list[Any], value)):
            raise self._refuse("wrong_type", "must be a list of texts")
        items = cast(list[str], value)
        if len(items) > most or any(len(item.encode()) > longest for item in items):
            raise self._refuse("too_many", f"may have at most {most} texts of {longest} bytes")
        return items

    def count(self, *names: str, required: bool = False) -> int | None:
        """Return a whole number ≥ 0, None when absent."""
        value = self.take(*names)
        if value is None:
            if required:
                raise self._refuse("missing", "is required")
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse("wrong_type", "must be a number")
        if value < 0 or value > MAX_COUNT or value != int(value):
            raise self._refuse("out_of_range", "must be a whole number from 0 to 2^53")
        return int(value)

    def integer(self, *names: str) -> int | None:
        """Return a whole number of either sign, None when absent."""
        value = self.take(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse("wrong_type", "must be a number")
        if abs(value) > MAX_COUNT or value != int(value):
            raise self._refuse("out_of_range", "must be a whole number of at most 2^53")
        return int(value)

    def number(self, *names: str) -> float | None:
        """Return a finite number, None when absent."""
        value = self.take(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse("wrong_type", "must be a number")
        if not math.isfinite(value):
            raise self._refuse("not_finite", "must be finite")
        return float(value)

    def duration_us(self, *names: str) -> int | None:
        """Return milliseconds as microseconds, None when absent."""
        value = self.number(*names)
        if value is None:
            return None
        if value < 0 or value > MAX_COUNT / 1_000:
            raise self._refuse("out_of_range", "must be milliseconds ≥ 0")
        return round(value * 1_000)

    def money(self, *names: str) -> Decimal | None:
        """Return dollars ≥ 0 given as a number or a decimal text, None when absent."""
        value = self.take(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._refuse("wrong_type", "must be a number of dollars")
        amount = read_dollars(value)
        if amount is None:
            raise self._refuse("out_of_range", "must be from 0 to a million dollars")
        return amount

    def time_us(self, *names: str, accepted_at_us: int) -> int | None:
        """Return a time in microseconds since 1970, None when absent."""
        value = self.take(*names)
        if value is None:
            return None
        try:
            us = from_rfc3339(value) if isinstance(value, str) else None
        except (ValueError, OverflowError):
            us = None
        if us is None or not MIN_TIME_US <= us <= accepted_at_us + MAX_AHEAD_US:
            raise self._refuse("bad_time", "must be an RFC 3339 time with a zone, from 2000 to tomorrow")
        return us


def _is_plain(text: str) -> bool:
    return not any(ord(char) < 32 or ord(char) == 127 for char in text)


def as_json(value: Any) -> str:
    """Return a value as JSON text, "" for null."""
    return "" if value is None else orjson.dumps(value).decode()


def flatten(prefix: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return attributes: one level of keys, texts as they are and everything else as JSON."""
    return {
        f"{prefix}{key}": value if isinstance(value, str) else as_json(value)
        for key, value in values.items()
        if value is not None
    }
