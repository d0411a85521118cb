"""A project of each test's own, and both sides of the event store, in each of the layouts that its tables may have."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
from tests.conftest import RunningEngine
from tests.ports import free_port
from tests.running import wait_until
from tests.servers.shard import PASSWORD, USER, OneShard

from watchllm_server.settings import environment_for_child, load_settings
from watchllm_server.stores.events.client import Client, Endpoint
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter
from watchllm_server.wiring.events import event_client, migrate_event_store

# The URL of a ClickHouse server whose database these tests may fill; with it they run there too.
SERVER_VARIABLE: Final = "WATCHLLM_TEST_CLICKHOUSE_URL"
LAYOUTS: Final = ("engine", "shard", *(("server",) if os.environ.get(SERVER_VARIABLE) else ()))


@pytest.fixture(scope="session")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A cluster of one shard."""
    port, folder = free_port(), tmp_path_factory.mktemp("shard")
    command = [sys.executable, "-m", "tests.servers.shard", str(folder), str(port)]
    process = subprocess.Popen(command, env=environment_for_child())
    yield Endpoint(host="127.0.0.1", port=port, user=USER, password=PASSWORD)
    process.kill()
    process.wait()


# What they hold is said before a statement reaches a table.
WITHOUT_LAYOUT: Final = frozenset({"test_reading_safety", "test_moving_engine"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that has an event store in every layout."""
    if "event_store" in metafunc.fixturenames:
        is_about_tables = metafunc.definition.path.stem not in WITHOUT_LAYOUT
        metafunc.parametrize("event_store", LAYOUTS if is_about_tables else LAYOUTS[:1], indirect=True)


@pytest.fixture
async def event_store(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of an event store; projects keep tests apart."""
    client = _client(request)
    await migrate_event_store(client)
    yield client
    await client.close()


def _client(request: pytest.FixtureRequest) -> Client:
    if request.param == "shard":
        endpoint: Endpoint = request.getfixturevalue("shard")
        wait_until(lambda: _listens(endpoint), timeout_s=60)
        return Client(lambda: endpoint, layout=OneShard())
    if request.param == "server":
        return event_client(load_settings(event_store=os.environ[SERVER_VARIABLE]))
    engine: RunningEngine = request.getfixturevalue("engine")
    return event_client(engine.settings)


def _listens(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.host, endpoint.port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def project() -> str:
    return f"proj_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def writer(event_store: Client) -> ClickHouseWriter:
    return ClickHouseWriter(event_store)


@pytest.fixture
def reader(event_store: Client) -> ClickHouseReader:
    return ClickHouseReader(event_store)


@pytest.fixture
def letters(event_store: Client) -> ClickHouseLetters:
    return ClickHouseLetters(event_store)
