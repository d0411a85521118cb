"""Examines an installation: settings, folders, disk, stores, versions. Says what is wrong and what to do."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Final

import msgspec

from watchllm_server import __version__
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring.events import event_client, event_store_is_current, event_store_version
from watchllm_server.wiring.web import WEB_DIR

# Below this the queue and the engine's merges have no room to work in.
LOW_DISK_SHARE: Final = 0.10
# WAL and STRICT tables with RETURNING need this.
OLDEST_SQLITE: Final = (3, 37, 0)


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at; `advice` says what to do when it is not well."""

    subject: str
    is_well: bool
    detail: str
    advice: str = ""

    def line(self) -> str:
        """Return the finding as a line for a person."""
        mark = "ok  " if self.is_well else "FAIL"
        return f"{mark}  {self.subject}: {self.detail}" + (f"\n      → {self.advice}" if not self.is_well else "")


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never changes anything."""
    return [
        Finding("version", True, f"WatchLLM {__version__}, Python {sys.version.split()[0]}"),
        _sqlite(),
        _folder(settings.data_dir),
        _disk(settings.data_dir),
        _web_app(),
        await _event_store(settings),
    ]


def _sqlite() -> Finding:
    is_well = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    return Finding("SQLite", is_well, sqlite3.sqlite_version, "install a Python with SQLite 3.37 or newer")


def _folder(folder: Path) -> Finding:
    if not folder.exists():
        return Finding("data folder", True, f"{folder.resolve()} (made at the first start)")
    mode = folder.stat().st_mode & 0o777
    probe = folder / "run"
    try:
        probe.mkdir(exist_ok=True, mode=0o700)
        (probe / "probe").touch()
        (probe / "probe").unlink()
    except OSError as error:
        advice = f"make {folder} writable for this user"
        return Finding("data folder", False, f"{folder.resolve()}: {error.strerror}", advice)
    return Finding("data folder", True, f"{folder.resolve()} (mode {mode:o})")


def _disk(folder: Path) -> Finding:
    existing = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    usage = shutil.disk_usage(existing)
    detail = f"{usage.free / 1e9:.1f} GB free of {usage.total / 1e9:.1f} GB"
    return Finding("disk", usage.free / usage.total > LOW_DISK_SHARE, detail, "free space, or move --data-dir")


def _web_app() -> Finding:
    detail = "built" if (WEB_DIR / "index.html").exists() else "not built"
    return Finding("web app", detail == "built", detail, "run `make setup`; the API works without it")


async def _event_store(settings: Settings) -> Finding:
    client = event_client(settings)
    name = "embedded" if settings.has_embedded_engine else settings.event_store.partition("://")[0]
    try:
        if not await event_store_is_current(client):
            return Finding("event store", False, "its tables are of another version", "run `watchllm migrate`")
        return Finding("event store", True, f"{name}, engine {await event_store_version(client)}")
    except StoreUnavailable as error:
        advice = "start `watchllm serve`" if settings.has_embedded_engine else "check WATCHLLM_EVENT_STORE"
        return Finding("event store", False, str(error)[:200], advice)
    finally:
        await client.close()
