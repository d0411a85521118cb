"""The place of a test, once for every backend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.contracts.metadata.places import BACKENDS, Place
from tests.servers.ferretdb import CannotHave, Ferret

from watchllm_server.stores.metadata.contract import MetadataStore


@pytest.fixture(scope="session")
def ferret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ferret]:
    """A MongoDB server for the whole run; tests use databases of their own."""
    running = Ferret(tmp_path_factory.mktemp("ferretdb"))
    try:
        yield running.start()
    except CannotHave as reason:
        pytest.skip(str(reason))
    finally:
        running.kill()


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
