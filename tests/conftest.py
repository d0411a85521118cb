"""Fixtures that start real parts: the server, and the embedded engine alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.running import Server, wait_until
from tests.servers.ferretdb import CannotHave, Ferret
from watchllm_server.settings import Settings, environment_for_child, load_settings
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.engine_address import read_address
from watchllm_server.wiring.events import event_client, migrate_event_store


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole run; tests use ids of their own."""
    # Many tests sign in, from one address; the limit itself is tested on servers of its own.
    environment = {"WATCHLLM_LOGINS_PER_MINUTE": "10000"}
    running = Server(tmp_path_factory.mktemp("serve"), environment=environment).start()
    yield running
    running.stop()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, started by the test with `.start()`."""
    running = Server(tmp_path / "data")
    yield running
    running.kill()


@dataclass(frozen=True)
class RunningEngine:
    """The embedded engine in a process of its own."""

    settings: Settings
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """The embedded engine alone, with the tables made, for tests of the event store."""
    data_dir = tmp_path_factory.mktemp("engine")
    process = subprocess.Popen(
        [sys.executable, "-m", "watchllm_server", "engine", "--data-dir", str(data_dir)], env=environment_for_child()
    )
    settings = load_settings(data_dir=data_dir)
    wait_until(lambda: read_address(settings.run_dir), timeout_s=60)
    yield RunningEngine(settings, process)
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
async def event_store(engine: RunningEngine) -> AsyncIterator[Client]:
    """A client of the engine; projects keep tests apart."""
    client = event_client(engine.settings)
    await migrate_event_store(client)
    yield client
    await client.close()


@pytest.fixture(scope="session")
def ferret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ferret]:
    """A MongoDB server for the whole run; tests use databases of their own."""
    yield from _running_ferret(tmp_path_factory.mktemp("ferretdb"))


@pytest.fixture
def own_ferret(tmp_path: Path) -> Iterator[Ferret]:
    """A MongoDB server of this test alone, which it may stop."""
    yield from _running_ferret(tmp_path / "ferretdb")


def _running_ferret(folder: Path) -> Iterator[Ferret]:
    running = Ferret(folder)
    try:
        running.start()
    except CannotHave as reason:
        pytest.skip(str(reason))
    try:
        yield running
    finally:
        running.kill()
