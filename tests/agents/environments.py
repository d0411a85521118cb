"""The agents' own environments: made by uv from locked requirements into `.venv-agents/`, never into ours.

`python -m tests.agents.environments` makes them all; `--lock` resolves the `.in` files again.
"""

from __future__ import annotations

import argparse
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


def requirements_of(environment: Environment) -> Path:
    return HERE / f"requirements-{environment}.txt"


def find_python(environment: Environment) -> Path | None:
    """Return the interpreter of an environment that was made from today's requirements, or None."""
    stamp = CACHE / environment / "requirements.txt"
    if not stamp.exists() or stamp.read_bytes() != requirements_of(environment).read_bytes():
        return None
    return CACHE / environment / "bin" / "python"


def make(environment: Environment) -> Path:
    """Make the environment unless it is there, and return its interpreter."""
    found = find_python(environment)
    if found is not None:
        return found
    folder = CACHE / environment
    python = folder / "bin" / "python"
    _uv("venv", "--clear", "--python", sys.executable, str(folder))
    _uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(requirements_of(environment)))
    # Written last: a half-made environment has no stamp and is made again.
    shutil.copyfile(requirements_of(environment), folder / "requirements.txt")
    return python


def lock(environment: Environment) -> None:
    """Resolve the `.in` file into exact versions with hashes."""
    source = HERE / f"requirements-{environment}.in"
    target = requirements_of(environment)
    _uv("pip", "compile", "--generate-hashes", "--no-header", "--upgrade", "-o", str(target), str(source))


def _uv(*arguments: str) -> None:
    subprocess.run([str(UV), "--quiet", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


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
