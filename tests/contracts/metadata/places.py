"""Where the suite keeps a metadata store: a backend joins with one class and one line in `BACKENDS`."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchllm_server.settings import load_settings
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.wiring.stores import open_metadata


class Place:
    """One store that can be opened several times, as several processes would; `url` is its setting."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[MetadataStore] = []

    async def open(self) -> MetadataStore:
        """Open the store once more."""
        store = await open_metadata(load_settings(metadata=self.url))
        self._opened.append(store)
        return store

    async def close(self) -> None:
        """Close every opening, as the end of their processes would."""
        for store in self._opened:
            await store.close()
        self._opened.clear()


class SqlitePlace(Place):
    """A file in the folder of the test."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"sqlite:///{folder / 'metadata.db'}")


BACKENDS = [pytest.param(SqlitePlace, id="sqlite")]
