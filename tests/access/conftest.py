"""A server on which a test may sign in as often as it likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.access.tenants import Tenants
from tests.running import API_KEY, PASSWORD, Server


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of access; only the limit of logins per address is out of the way."""
    folder = tmp_path_factory.mktemp("access") / "data"
    running = Server(folder, environment={"WATCHLLM_LOGINS_PER_MINUTE": "100000"}).start()
    yield running
    running.stop()
    # After all tests of access: whatever they sent, none of it is in the log.
    said = (folder / "serve.log").read_text()
    assert not [secret for secret in (PASSWORD, API_KEY, "only P says", "wl_", "session=") if secret in said]


@pytest.fixture(scope="session")
def tenants(open_server: Server) -> Tenants:
    """People and projects of `open_server`."""
    return Tenants(open_server)
