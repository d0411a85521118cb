"""The place of a test, once for every backend."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.contracts.metadata.places import BACKENDS, Place

from watchllm_server.stores.metadata.contract import MetadataStore


@pytest.fixture(params=BACKENDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """An empty store that the test may open as often as it likes."""
    made: Place = request.param(tmp_path, request)
    yield made
    await made.close()


@pytest.fixture
async def store(place: Place) -> MetadataStore:
    """The store, opened once."""
    return await place.open()
