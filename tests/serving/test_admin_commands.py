"""`watchllm admin`: accounts are listed, made and reset beside a running server."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from tests.access.browser import Browser
from tests.access.tenants import Tenants
from tests.oracle.server import COMMAND
from tests.running import EMAIL, PASSWORD, Server

NEW_PASSWORD = "another horse without a battery"


def admin(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "admin", *arguments, "--data-dir", str(data_dir)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def token_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().rpartition("/auth/link/")[2]


@pytest.fixture
def running(fresh_server: Server) -> Server:
    fresh_server.start()
    return fresh_server


def test_a_new_account_is_signed_in_to_by_its_link_and_listed(running: Server) -> None:
    made = admin(running.data_dir, "create-user", "bob@example.com", "--name", "Bob")
    browser = Browser(running)
    signed_in = browser.use_link(token_of(made))
    assert (signed_in.status, signed_in.json["user"]["name"]) == (200, "Bob")
    assert made.stdout.startswith(running.base_url)
    listed = admin(running.data_dir, "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [EMAIL, "bob@example.com"]
    assert listed[0].endswith("(OWNER)")
    assert listed[1].endswith("no project")
    again = admin(running.data_dir, "create-user", "BOB@example.com")
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)
    assert "has an account already" in again.stderr


def test_a_reset_ends_password_and_sessions_and_leads_to_a_new_password(running: Server) -> None:
    browser, thief = Browser(running), Browser(running)
    assert browser.login().status == thief.login().status == 200
    reset = admin(running.data_dir, "reset-password", EMAIL)
    assert not thief.is_signed_in
    assert Browser(running).login().status == 401
    assert browser.use_link(token_of(reset)).status == 200
    assert browser.call("PUT", "/api/v1/auth/password", {"new": NEW_PASSWORD}).status == 200
    assert Browser(running).login(EMAIL, NEW_PASSWORD).status == 200
    assert Browser(running).login(EMAIL, PASSWORD).status == 401
    rows = Tenants(running).change(lambda store: store.list_audit("", before=None, limit=10))
    did = [(row.entry.action, row.entry.actor_kind) for row in reversed(rows)]
    assert did[:3] == [("auth:login", "user"), ("auth:login", "user"), ("users:reset_password", "operator")]
    said = admin(running.data_dir, "audit")
    assert (said.returncode, said.stderr) == (0, "")
    assert [json.loads(line)["action"] for line in said.stdout.splitlines()] == [action for action, _ in did]
    with closing(sqlite3.connect(running.data_dir / "metadata.db", isolation_level=None)) as database:
        database.execute("DELETE FROM audit WHERE project_id = '' AND number = 2")
    broken = admin(running.data_dir, "audit")
    assert broken.returncode == 1
    assert "the chain is broken" in broken.stderr


@pytest.mark.parametrize("arguments", [
    ("reset-password", "nobody@example.com"), ("create-user", "nobody"), ("create-user", "a b@c"),
    ("create-user", "@c"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(server: Server, arguments: tuple[str, ...]) -> None:
    refused = admin(server.data_dir, *arguments)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1), refused.stderr
