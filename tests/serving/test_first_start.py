"""The first start makes a user, a project, a key and a way in, once, with or without a person in front of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.access.browser import Browser
from tests.access.tenants import Tenants
from tests.running import EMAIL, PROJECT_ID, Server, wait_until
from tests.serving.commands import run

UNSET = {
    "WATCHLLM_INIT_PROJECT_ID": "", "WATCHLLM_INIT_API_KEY": "", "WATCHLLM_INIT_USER_EMAIL": "",
    "WATCHLLM_INIT_USER_PASSWORD": "",
}  # fmt: skip
SHOWN_KEY = re.compile(r"wl_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")
LINK = re.compile(r"/auth/link/([\w-]{43})")


def counts(server: Server, project_id: str) -> tuple[int, int, int]:
    """Return how many users and projects there are, and keys of the project."""
    tenants = Tenants(server)
    keys = tenants.change(lambda store: store.list_api_keys(project_id))
    return (
        tenants.change(lambda store: store.count_users()),
        tenants.change(lambda store: store.count_projects()),
        len(keys),
    )


def test_a_headless_start_is_the_same_over_restarts(fresh_server: Server) -> None:
    for _ in range(3):
        fresh_server.start()
        assert counts(fresh_server, PROJECT_ID) == (1, 1, 1)
        assert fresh_server.get("/api/v1/traces")["data"] == []
        assert Browser(fresh_server).login().json["user"]["email"] == EMAIL
        assert fresh_server.stop() == 0
    log = (fresh_server.data_dir / "serve.log").read_text()
    assert fresh_server.api_key not in log
    assert not SHOWN_KEY.search(log)
    assert not LINK.search(log)


def test_a_start_with_a_person_shows_a_key_once_and_a_link_until_there_is_a_password(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", environment=UNSET)
    try:
        server.start()
        # A probe may hear that it is ready a moment before the lines are out.
        log = wait_until(lambda: SHOWN_KEY.search(server.log()) and server.log())
        (key,), (link,) = SHOWN_KEY.findall(log), LINK.findall(log)
        server.api_key = key
        assert server.get("/api/v1/traces")["data"] == []
        browser = Browser(server)
        signed_in = browser.use_link(link).json
        (project,) = signed_in["projects"]
        assert project["role"] == "OWNER"
        assert Browser(server).use_link(link).status == 401
        assert counts(server, project["project_id"]) == (1, 1, 1)
        assert browser.call("PUT", "/api/v1/auth/password", {"new": "a long enough passphrase"}).status == 200
        server.stop()
        (server.data_dir / "serve.log").write_text("")
        server.start()
        wait_until(lambda: "WatchLLM is ready" in server.log())
        assert not SHOWN_KEY.search(server.log())
        assert not LINK.search(server.log())
        assert counts(server, project["project_id"]) == (1, 1, 1)
        assert server.get("/api/v1/traces")["data"] == []
        assert Browser(server).login(signed_in["user"]["email"], "a long enough passphrase").status == 200
    finally:
        server.kill()


def test_a_new_given_key_works_beside_the_old_one(fresh_server: Server) -> None:
    fresh_server.start()
    fresh_server.stop()
    old, fresh_server.api_key = fresh_server.api_key, "wl_another_key_that_is_at_least_32_characters"
    fresh_server.start()
    assert fresh_server.get("/api/v1/traces")["data"] == []
    assert fresh_server.request("GET", "/api/v1/traces", headers={"Authorization": f"Bearer {old}"})[0] == 200
    assert counts(fresh_server, PROJECT_ID) == (1, 1, 2)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        pytest.param({"WATCHLLM_INIT_API_KEY": "wl_short"}, "WATCHLLM_INIT_API_KEY", id="short-key"),
        pytest.param({"WATCHLLM_INIT_API_KEY": "sk-" + "a" * 40}, "WATCHLLM_INIT_API_KEY", id="key-of-another-kind"),
        pytest.param({"WATCHLLM_INIT_USER_PASSWORD": "short"}, "password", id="weak-password"),
        pytest.param({"WATCHLLM_HOST": "0.0.0.0"}, "WATCHLLM_BEHIND_PROXY", id="open-to-all-without-tls"),
        pytest.param({"WATCHLLM_PORT": "70000"}, "WATCHLLM_PORT", id="no-such-port"),
        pytest.param({"WATCHLLM_QUEUE": "kafka://localhost"}, "WATCHLLM_QUEUE", id="unknown-backend"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name_in_one_line(
    tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    more = () if "WATCHLLM_PORT" in environment else ("--port", "0")
    ended = run("serve", tmp_path / "data", *more, **environment)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    for secret in environment.values():
        assert secret not in ended.stderr or "KEY" not in named


def test_nothing_in_the_data_folder_is_for_others_to_read(fresh_server: Server) -> None:
    fresh_server.start()
    for name in ("metadata.db", "queue/queue.db", "keys/pepper", "keys/signing", "run/engine.json"):
        assert (fresh_server.data_dir / name).stat().st_mode & 0o077 == 0, name
