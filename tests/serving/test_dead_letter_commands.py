"""`watchllm dead-letters` beside a running server: what the API does, for the operator's shell."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.tenants import Tenants
from tests.api.dying import Dying, poison
from tests.running import Server, wait_until


@pytest.fixture(scope="module")
def dying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dying]:
    server = Server(tmp_path_factory.mktemp("letters") / "data").start()
    yield Dying(server)
    server.kill()


@pytest.fixture
def letters(dying: Dying) -> Iterator[list[str]]:
    """The ids of three letters of a broken engine, oldest first."""
    dying.break_engine()
    names: list[str] = []
    for _ in range(3):
        event = poison()
        dying.send(event)
        dying.wait_kept(event["eventId"])
        names.append(event["eventId"])
    yield names
    dying.repair_engine()
    dying.counts()
    dying.ask_for("discard", {"filter": {}})


def command(dying: Dying, action: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run one of the subcommands on the server's data."""
    return command_on(dying.server.data_dir, action, *more)


def command_on(data_dir: Path, action: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "watchllm_server", "dead-letters", action, "--data-dir", str(data_dir), *more],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_letters_are_listed_newest_first_one_in_a_line(dying: Dying, letters: list[str]) -> None:
    listed = command(dying, "list")
    assert listed.returncode == 0, listed.stderr
    lines = listed.stdout.splitlines()
    assert [line.split()[1] for line in lines] == letters[::-1]
    assert all("store_refused" in line and "VIOLATED_CONSTRAINT" not in line.split()[1] for line in lines)
    assert len(command(dying, "list", "--limit", "1").stdout.splitlines()) == 1
    assert command(dying, "list", "--code", "unmappable").stdout == ""


def test_a_letter_is_shown_whole_as_json(dying: Dying, letters: list[str]) -> None:
    shown = json.loads(command(dying, "show", letters[0]).stdout)
    assert (shown["event_id"], shown["state"], shown["code"]) == (letters[0], "kept", "store_refused")
    assert json.loads(shown["content"])["eventId"] == letters[0]
    missing = command(dying, "show", "never-seen")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "no dead letter of never-seen" in missing.stderr


def test_letters_are_replayed_beside_the_server_and_its_ledger_balances(dying: Dying, letters: list[str]) -> None:
    received, stored, duplicate, dead = dying.counts()
    dying.repair_engine()
    done = command(dying, "replay", letters[0])
    assert done.stdout.startswith("replayed 1, superseded by a newer version 0"), done.stderr
    done = command(dying, "replay", "--code", "store_refused")
    assert done.stdout.startswith("replayed 2,"), done.stderr
    wait_until(lambda: dying.counts() == (received, stored + 3, duplicate, dead - 3))
    assert dying.kept() == []


def test_letters_are_discarded(dying: Dying, letters: list[str]) -> None:
    assert command(dying, "discard", *letters[:2]).stdout == "discarded 2\n"
    assert dying.kept() == letters[2:]
    assert command(dying, "discard", "--all").stdout == "discarded 1\n"
    assert [line.split()[1] for line in command(dying, "list", "--state", "discarded").stdout.splitlines()][:3]


@pytest.mark.parametrize("arguments", [(), ("x", "--all"), ("x", "--code", "y"), ("--from", "yesterday")], ids=str)
def test_what_cannot_be_meant_is_refused(dying: Dying, arguments: tuple[str, ...]) -> None:
    action = "discard" if arguments else "replay"
    refused = command(dying, action, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("watchllm: ")


def test_of_several_projects_one_must_be_named(dying: Dying, letters: list[str]) -> None:
    assert command(dying, "list", "--project", dying.server.project_id).stdout.count("\n") == 3
    unknown = command(dying, "list", "--project", "proj_none")
    assert (unknown.returncode, unknown.stderr) == (2, "watchllm: there is no project proj_none\n")
    other = Tenants(dying.server).add_project()
    assert "name it by --project" in command(dying, "list").stderr
    assert command(dying, "list", "--project", other).stdout == ""


def test_without_an_installation_nothing_is_made(tmp_path: Path) -> None:
    ended = command_on(tmp_path / "none", "list")
    assert ended.returncode == 2
    assert "start `watchllm serve` once" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_server_it_says_what_to_start(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    assert server.stop() == 0
    ended = command_on(tmp_path / "data", "list")
    assert ended.returncode == 1
    assert "start `watchllm serve`" in ended.stderr
    assert "Traceback" not in ended.stderr
