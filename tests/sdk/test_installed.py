"""The wheel, alone in an empty environment: it installs, holds what it should, and the quickstart works as printed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.own_environments import UV
from tests.running import Server, wait_until
from tests.sdk.test_first_trace import ADDRESS, KEY, find_row, quickstart
from tests.sdk.wheel import SDK, build_wheel

INSTALL_TIMEOUT_S = 120
_NO_NETWORK = ("client error (Connect)", "network was disabled", "operation timed out")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment into which nothing but the wheel was installed."""
    folder = tmp_path_factory.mktemp("empty") / "environment"
    python = folder / "bin" / "python"
    subprocess.run([UV, "--quiet", "venv", "--python", sys.executable, folder], check=True, timeout=INSTALL_TIMEOUT_S)
    done = subprocess.run(
        [UV, "--quiet", "pip", "install", "--python", python, wheel],
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT_S,
        check=False,
    )
    if any(sign in done.stderr for sign in _NO_NETWORK):
        pytest.skip(f"cannot have: tenacity needs the network once: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return python


def test_the_wheel_holds_the_package_and_its_types_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    source = {f"watchllm/{path.name}" for path in (SDK / "src" / "watchllm").iterdir() if path.is_file()}
    assert {name for name in names if not name.startswith("watchllm-")} == source
    assert "watchllm/py.typed" in source


def test_it_brings_tenacity_and_nothing_else(python: Path) -> None:
    code = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["tenacity", "watchllm"]


def test_the_quickstart_works_as_printed(python: Path, server: Server, tmp_path: Path) -> None:
    printed = quickstart()
    assert len(printed.strip().splitlines()) <= 12
    assert (printed.count(ADDRESS), printed.count(KEY)) == (1, 1)
    # What a reader fills in, and a name by which this test finds its trace.
    filled = printed.replace(ADDRESS, server.base_url).replace(KEY, server.api_key).replace('"hello"', '"installed"')
    done = subprocess.run(
        [python, "-I", "-W", "error", "-c", filled],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    row = wait_until(lambda: find_row(server, "installed"))
    assert (row["event_count"], row["model_call_count"], row["total_tokens"]) == (2, 1, 21)
