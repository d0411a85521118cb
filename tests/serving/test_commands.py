"""`doctor`, `migrate` and `login-link` do their work beside a running server and without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.browser import Browser
from tests.access.tenants import SECOND_US, Tenants
from tests.running import Server
from tests.serving.commands import run

from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.security.tokens import keyed_hash


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("commands") / "data").start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(tmp_path_factory.mktemp("commands") / "stopped").start()
    assert server.stop() == 0
    return server


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_doctor_beside_a_server_finds_all_well_but_for_what_is_not_built(running: Server) -> None:
    ended = run("doctor", running.data_dir)
    failed = [line for line in ended.stdout.splitlines() if line.startswith("FAIL")]
    assert [line for line in failed if "web app" not in line] == []
    assert ended.returncode == (1 if failed else 0)
    assert re.search(r"^ok +event store: embedded, engine \d", ended.stdout, re.MULTILINE)
    assert ended.stderr == ""


def test_doctor_without_a_server_says_what_to_start(stopped: Server) -> None:
    ended = run("doctor", stopped.data_dir)
    assert ended.returncode == 1
    assert re.search(r"^FAIL +event store: .*\n +→ start `watchllm serve`", ended.stdout, re.MULTILINE)
    assert "Traceback" not in ended.stderr


def test_doctor_makes_no_folder(tmp_path: Path) -> None:
    ended = run("doctor", tmp_path / "none")
    assert ended.returncode == 1
    assert "made at the first start" in ended.stdout
    assert files_of(tmp_path) == set()


def test_migrate_beside_a_server_changes_nothing(running: Server) -> None:
    ended = run("migrate", running.data_dir)
    assert (ended.returncode, ended.stdout) == (0, "the event store is at this version\n")
    assert running.request("GET", "/readyz")[0] == 200


def test_migrate_without_a_server_runs_the_engine_for_it_and_leaves_none(tmp_path: Path) -> None:
    first, second = run("migrate", tmp_path / "data"), run("migrate", tmp_path / "data")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "applied " in first.stdout
    # The first user, project and key, which `serve` would make.
    assert "/auth/link/" in first.stdout
    assert "API key    wl_" in first.stdout
    assert second.stdout == "the event store is at this version\n"
    server = Server(tmp_path / "data").start()
    assert server.stop() == 0


def test_a_link_beside_a_server_leads_to_it_and_works_once(running: Server) -> None:
    ended = run("login-link", running.data_dir)
    assert ended.returncode == 0
    address, _, token = ended.stdout.strip().rpartition("/auth/link/")
    assert address == running.base_url
    assert Browser(running).use_link(token).json["user"]["user_id"] == "user_first"
    assert Browser(running).use_link(token).status == 401


def test_a_link_lasts_fifteen_minutes(running: Server) -> None:
    token = run("login-link", running.data_dir).stdout.strip().rpartition("/")[2]
    hashed = keyed_hash(load_server_keys(running.data_dir).pepper, token)
    link = Tenants(running).change(lambda store: store.take_login_link(hashed, 0))
    assert link is not None
    assert link.expires_at_us - link.created_at_us == 900 * SECOND_US


def test_a_link_made_without_a_server_works_when_it_starts(stopped: Server) -> None:
    ended = run("login-link", stopped.data_dir)
    assert ended.returncode == 0, ended.stderr
    token = ended.stdout.strip().rpartition("/")[2]
    stopped.start()
    try:
        assert Browser(stopped).use_link(token).status == 200
    finally:
        assert stopped.stop() == 0


def test_a_link_before_the_first_start_is_refused_with_what_to_do(tmp_path: Path) -> None:
    ended = run("login-link", tmp_path / "data")
    assert ended.returncode == 2
    assert "start `watchllm serve` once" in ended.stderr
    assert ended.stdout == ""
