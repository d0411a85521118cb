"""The agents' own environments: made by uv from locked requirements into `.venv-agents/`, never into ours.

A folder is named by the hash of its requirements and its Python, so that it is made once for each content and
never changes. `python -m tests.agents.environments` makes them all; `--lock` resolves the `.in` files again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, get_args

Environment = Literal["openai-agents", "langgraph"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".venv-agents"
# uv is a development dependency: it stands beside the interpreter that runs the tests.
UV = Path(sys.executable).parent / "uv"
# With an empty cache both environments took 5 s on a fast line; a slow one must not hold up a test run for long.
MAKE_TIMEOUT_S = 120
# What uv says when it is the network and not the requirements.
_NO_NETWORK = ("client error (Connect)", "network was disabled", "operation timed out")


class EnvironmentFailed(Exception):
    """An environment could not be made; the text is what uv said."""


class NoNetwork(EnvironmentFailed):
    """It could not be made because the package index cannot be reached."""


def requirements_of(environment: Environment) -> Path:
    """Return the locked requirements of an environment."""
    return HERE / f"requirements-{environment}.txt"


def folder_of(environment: Environment) -> Path:
    """Return where the environment of today's requirements and this Python stands, or will."""
    digest = hashlib.sha256(requirements_of(environment).read_bytes() + sys.version.encode()).hexdigest()
    return CACHE / f"{environment}-{digest[:16]}"


def make(environment: Environment) -> Path:
    """Make the environment unless it is there, and return its interpreter. Raises EnvironmentFailed or NoNetwork."""
    folder = folder_of(environment)
    python, stamp = folder / "bin" / "python", folder / "complete"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{environment}.lock").open("w") as lock_file:
        # Two test runs in one checkout must not make the same folder at once.
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if stamp.exists():
            return python
        for outdated in CACHE.glob(f"{environment}-*/"):
            shutil.rmtree(outdated)
        _uv("venv", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(requirements_of(environment)))
        # Written last: a half-made environment has no stamp and is made again.
        stamp.touch()
    return python


def lock(environment: Environment) -> None:
    """Resolve the `.in` file into exact versions with hashes."""
    source = HERE / f"requirements-{environment}.in"
    target = requirements_of(environment)
    _uv("pip", "compile", "--generate-hashes", "--no-header", "--upgrade", "-o", str(target), str(source))


def _uv(*arguments: str) -> None:
    command = [str(UV), "--quiet", *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=MAKE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise NoNetwork(f"uv {arguments[0]} took more than {MAKE_TIMEOUT_S} s") from late
    if done.returncode != 0:
        is_offline = any(said in done.stderr for said in _NO_NETWORK)
        raise (NoNetwork if is_offline else EnvironmentFailed)(done.stderr.strip())


def main() -> None:
    """Make every environment, or lock their requirements."""
    parser = argparse.ArgumentParser(prog="python -m tests.agents.environments", description=main.__doc__)
    parser.add_argument("--lock", action="store_true", help="resolve the requirements again first")
    options = parser.parse_args()
    for environment in ENVIRONMENTS:
        if options.lock:
            lock(environment)
        print(f"{environment}: {make(environment)}")


if __name__ == "__main__":
    main()
