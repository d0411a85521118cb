"""Rows as lines of a file: JSON, or CSV in which no cell is a formula; page by page, so memory stays bounded."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, Literal

import orjson

from watchllm_server.errors import WatchLLMError

Format = Literal["jsonl", "csv"]
Place = tuple[str, str] | None
# Returns at most so many rows after a place, and where the next ones begin.
ReadPage = Callable[[Place, int], Awaitable[tuple[list[dict[str, Any]], Place]]]

# Large enough that queries cost little beside their rows, small enough to hold whole inputs and outputs.
PAGE_ROWS: Final = 500
# What a spreadsheet takes for a formula when a cell begins with it; the last two are skipped before it looks.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_BOM: Final = "\ufeff".encode()


class Export:
    """One export: what was read first, and the rest as it is asked for."""

    def __init__(self, read: ReadPage, columns: Sequence[str], format: Format, *, most: int) -> None:
        self._read = read
        self._columns = columns
        self._format: Format = format
        self._most = most
        self._first: tuple[list[dict[str, Any]], Place] = ([], None)

    async def begin(self) -> None:
        """Read the first page: what is refused is refused before anything is sent."""
        self._first = await self._read(None, min(PAGE_ROWS, self._most))

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the file. Its last line says when there is more than was sent, or why the rest is missing."""
        if self._format == "csv":
            yield _BOM + _csv_line(self._columns)
        rows, place = self._first
        sent = 0
        while True:
            yield b"".join(self._line(row) for row in rows)
            sent += len(rows)
            if place is None or sent >= self._most:
                break
            try:
                rows, place = await self._read(place, min(PAGE_ROWS, self._most - sent))
            except WatchLLMError as error:
                yield self._last({"truncated": True, "rows": sent, "error": error.code})
                return
        if place is not None:
            yield self._last({"truncated": True, "rows": sent})

    def _line(self, row: dict[str, Any]) -> bytes:
        values = [row[name] for name in self._columns]
        if self._format == "jsonl":
            return orjson.dumps(dict(zip(self._columns, values, strict=True))) + b"\n"
        return _csv_line([_cell(value) for value in values])

    def _last(self, said: dict[str, Any]) -> bytes:
        if self._format == "jsonl":
            return orjson.dumps(said) + b"\n"
        return _csv_line([f"# {name}: {_cell(value)}" for name, value in said.items()])


def _csv_line(cells: Sequence[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    """Return a cell: lists and objects as JSON, and a text that a spreadsheet would compute with `'` before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if isinstance(value, orjson.Fragment) and text.startswith('"'):
        # A stored text alone: as the text that it is.
        text = orjson.loads(text)
    # NUL ends a text for some readers of CSV.
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
