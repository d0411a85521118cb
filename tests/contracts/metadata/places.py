"""Where the suite keeps a metadata store: a backend joins with one class and one line in `BACKENDS`."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from tests.servers.ferretdb import Ferret

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


def sqlite_place(folder: Path, _: pytest.FixtureRequest) -> Place:
    """Return a file in the folder of the test."""
    return Place(f"sqlite:///{folder / 'metadata.db'}")


def mongo_place(_: Path, request: pytest.FixtureRequest) -> Place:
    """Return a database of its own on the server of this run."""
    ferret: Ferret = request.getfixturevalue("ferret")
    return Place(ferret.url(f"test_{uuid.uuid4().hex}"))


BACKENDS = [
    pytest.param(sqlite_place, id="sqlite"),
    # The first run of a checkout builds the server, which takes minutes once.
    pytest.param(mongo_place, id="mongo", marks=pytest.mark.timeout(1_200)),
]
