"""The compose file of the scaled set-up: it parses, pins every image, and starts the roles of the fault tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from tests.oracle.scenes.apart import INSTANCES

from watchllm_server.cli import app
from watchllm_server.settings import Settings, load_settings

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
# A whole version: of `8` or `latest`, nobody knows what they get.
EXACT: Final = re.compile(r"^[a-z0-9./-]+:v?\d+\.\d+\.\d+[a-z0-9.-]*$")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def roles_of(services: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in services.items() if "build" in service}


def test_every_image_has_an_exact_version(services: dict[str, Any]) -> None:
    images = {service["image"] for service in services.values()}
    images |= set(re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    assert len(images) >= 7
    assert [image for image in images if not EXACT.match(image)] == []


def test_the_roles_are_those_of_the_tests_and_commands_of_ours(services: dict[str, Any]) -> None:
    commands = {name: service["command"][0] for name, service in roles_of(services).items()}
    # The engine of the tests is ClickHouse here.
    assert set(commands.values()) - {"migrate"} == set(INSTANCES.values()) - {"engine"}
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(commands.values()) <= known


def test_the_environment_names_settings_and_stores_beyond_one_machine(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in roles_of(services).values():
        for name, value in service["environment"].items():
            assert name.removeprefix("WATCHLLM_").lower() in Settings.model_fields, name
            # As compose does, with the defaults that stand in the file.
            monkeypatch.setenv(name, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))
    settings = load_settings()
    assert settings.has_redis_queue
    assert not settings.has_metadata_file
    assert not settings.has_embedded_engine


def test_the_redis_of_the_file_is_one_that_the_queue_takes(services: dict[str, Any]) -> None:
    command = services["redis"]["command"]
    given = dict(zip(command[1::2], command[2::2], strict=True))
    assert (given["--maxmemory-policy"], given["--appendonly"], given["--appendfsync"]) == (
        "noeviction", "yes", "always",
    )  # fmt: skip


def test_nothing_but_the_proxy_is_reachable_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_what_is_waited_for_is_there_and_healthy_means_something(services: dict[str, Any]) -> None:
    for service in services.values():
        needed: dict[str, dict[str, str]] = service.get("depends_on", {})
        for other, wanted in needed.items():
            assert other in services
            assert wanted["condition"] != "service_healthy" or services[other]["healthcheck"]["test"]
