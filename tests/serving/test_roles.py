"""The roles as separate processes on one data folder do together what `serve` does alone."""

from __future__ import annotations

import contextlib
import os
import signal
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.tenants import Tenants
from tests.ingest.calls import log_event, new_id
from tests.oracle.server import processes_of_group
from tests.ports import free_port
from tests.running import Server, wait_until
from tests.serving.commands import Running, run

from watchllm_server.stores.events.engine_address import read_address


class Roles:
    """Four processes; `ingest` and `reading` answer on ports of their own."""

    def __init__(self, data_dir: Path, stack: contextlib.ExitStack) -> None:
        self._data_dir = data_dir
        self._stack = stack
        self.running: dict[str, Running] = {}
        bare = Server(data_dir)
        tenants = Tenants(bare)
        self.project_id = tenants.add_project()
        key = tenants.add_key(self.project_id, "ingest", "read")
        ports = (free_port(), free_port())
        self.ingest, self.reading = (Server(data_dir, f"http://127.0.0.1:{port}", api_key=key) for port in ports)
        self.start("engine")
        self.start("processor")
        self.start("ingest", "--port", str(ports[0]))
        self.start("ui-backend", "--port", str(ports[1]))

    def start(self, role: str, *more: str) -> None:
        self.running[role] = self._stack.enter_context(Running(role, self._data_dir, *more))

    def is_ready(self) -> bool:
        return all(status_of(server, "GET", "/readyz") == 200 for server in (self.ingest, self.reading))

    def send(self) -> str:
        """Send an event through `ingest`; returns its id."""
        event_id = new_id()
        status, answer = self.ingest.request("POST", "/api/v1/events", log_event(event_id, traceId=new_id()))
        assert status == 202, answer
        return event_id

    def shows(self, event_id: str) -> bool:
        return status_of(self.reading, "GET", f"/api/v1/events/{event_id}") == 200


def status_of(server: Server, method: str, path: str) -> int:
    """Return the status, 0 while nobody listens."""
    try:
        return server.request(method, path)[0]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    data_dir = tmp_path_factory.mktemp("roles") / "data"
    data_dir.mkdir()
    with contextlib.ExitStack() as stack:
        made = Roles(data_dir, stack)
        wait_until(lambda: read_address(data_dir / "run"), timeout_s=60)
        migrated = run("migrate", data_dir)
        assert migrated.returncode == 0, migrated.stderr
        wait_until(made.is_ready, timeout_s=60)
        yield made


def test_what_one_role_accepts_another_stores_and_a_third_shows(roles: Roles) -> None:
    event_id = roles.send()
    wait_until(lambda: roles.shows(event_id), timeout_s=40)
    assert roles.reading.get("/api/v1/ledger")["balanced"] is True


def test_each_role_answers_for_itself_alone(roles: Roles) -> None:
    assert status_of(roles.ingest, "GET", "/api/v1/traces") in (404, 405)
    assert status_of(roles.ingest, "GET", "/docs") == 404
    assert status_of(roles.reading, "POST", "/v1/traces") == 404
    assert roles.reading.request("POST", "/api/v1/events", log_event(new_id()))[0] == 405
    for server in (roles.ingest, roles.reading):
        assert server.request("GET", "/livez")[0] == 200
        assert server.request("GET", "/metrics")[0] == 200


def test_a_revoked_key_is_refused_by_every_role_within_a_second(roles: Roles) -> None:
    tenants = Tenants(roles.ingest)
    key = tenants.add_key(roles.project_id, "ingest", "read")
    headers = {"Authorization": f"Bearer {key}"}

    def statuses() -> tuple[int, int]:
        sent = roles.ingest.request("POST", "/api/v1/events", log_event(new_id()), headers=headers)[0]
        return sent, roles.reading.request("GET", "/api/v1/traces", headers=headers)[0]

    assert statuses() == (202, 200)
    tenants.change(lambda store: store.revoke_api_key(key.split("_")[1], tenants.now_us()))
    wait_until(lambda: statuses() == (401, 401), timeout_s=1)


def test_a_new_engine_takes_the_place_of_a_killed_one(roles: Roles) -> None:
    os.kill(roles.running["engine"].process.pid, signal.SIGKILL)
    waiting = roles.send()
    roles.start("engine")
    wait_until(lambda: roles.shows(waiting), timeout_s=60)


@pytest.mark.parametrize("role", ["ingest", "ui-backend", "processor", "engine"])
def test_each_role_ends_when_told_and_leaves_nobody(roles: Roles, role: str) -> None:
    running = roles.running[role]
    assert running.stop() == 0
    assert processes_of_group(running.process.pid) == []
