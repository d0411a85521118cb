"""Runs one client in its own environment against the loopback model; it decides nothing about what is checked."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.compat.clients import Client
from tests.compat.environments import HERE, make_node, make_python
from tests.loopback_llm import LoopbackLLM
from tests.own_environments import ROOT

# Imports of a framework take seconds on a busy machine; a client that needs two minutes hangs.
RUN_TIMEOUT_S = 120.0


class ClientFailed(Exception):
    """The client itself did not end well; the text is what it printed."""


def run_client(client: Client, llm: LoopbackLLM, url: str, key: str, session_id: str) -> str:
    """Run the client's scenario, set up by the environment alone; returns what it printed."""
    # A small environment of its own: nothing of the developer's may send this run anywhere else.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "TRIP_SESSION": session_id,
        **client.settings(url, key),
    }
    command, folder = _command(client)
    try:
        done = subprocess.run(
            [*command, llm.openai_url, llm.anthropic_url],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise ClientFailed(f"no end after {RUN_TIMEOUT_S:g} s") from late
    if done.returncode != 0:
        raise ClientFailed(f"ended with {done.returncode}:\n{done.stdout}\n{done.stderr[-3_000:]}")
    complaints = _complaints(client, done.stderr)
    # A client that could not deliver says so and still ends well: that is a failure here.
    if complaints:
        raise ClientFailed(f"complained:\n{complaints}")
    return done.stdout.strip()


def version_of(client: Client) -> str:
    """Return the installed version of the client's package."""
    if client.is_node:
        package = make_node(client.environment_name)[1] / "node_modules" / client.package / "package.json"
        return str(json.loads(package.read_text())["version"])
    python = make_python(client.environment_name)
    (packages,) = (python.parent.parent / "lib").glob("python3*/site-packages")
    found = importlib.metadata.distributions(name=client.package, path=[str(packages)])
    return next(iter(found)).version


def _command(client: Client) -> tuple[list[str], Path]:
    if not client.is_node:
        return [str(make_python(client.environment_name)), "-m", f"tests.compat.runs.{client.run}"], ROOT
    node, folder = make_node(client.environment_name)
    # Node looks for packages beside the script.
    shutil.copy(HERE / "runs" / f"{client.run}.mjs", folder)
    return [str(node), f"{client.run}.mjs"], folder


def _complaints(client: Client, stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.strip()]
    return "\n".join(line for line in lines if not any(words in line for words in client.allowed_words))
