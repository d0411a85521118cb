"""A project of each test's own, and both sides of the event store."""

from __future__ import annotations

import uuid

import pytest

from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter


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
