"""Python environments beside ours, for programs with packages of their own: made by uv from locked requirements.

A folder is named by the hash of its requirements and its Python, so that it is made once for each content and never
changes. Nothing is ever installed into the environment that runs the tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# uv is a development dependency: it stands beside the interpreter that runs the tests.
UV = Path(sys.executable).parent / "uv"
# With an empty cache each takes 5 s on a fast line; a slow one must not hold up a test run for long.
MAKE_TIMEOUT_S = 120.0
# What uv says when it is the network and not the requirements.
_NO_NETWORK = ("client error (Connect)", "network was disabled", "operation timed out")


class EnvironmentFailed(Exception):
    """An environment could not be made; the text is what uv said."""


class NoNetwork(EnvironmentFailed):
    """It could not be made because the package index cannot be reached."""


@dataclass(frozen=True)
class OwnEnvironment:
    """An environment of `name` from a locked file of exact versions with hashes, kept below `cache`."""

    name: str
    requirements: Path
    cache: Path
    timeout_s: float = MAKE_TIMEOUT_S

    @property
    def folder(self) -> Path:
        """Where the environment of today's requirements and this Python stands, or will."""
        digest = hashlib.sha256(self.requirements.read_bytes() + sys.version.encode()).hexdigest()
        return self.cache / f"{self.name}-{digest[:16]}"

    def make(self) -> Path:
        """Make it unless it is there, and return its interpreter. Raises EnvironmentFailed or NoNetwork."""
        folder = self.folder
        python, stamp = folder / "bin" / "python", folder / "complete"
        self.cache.mkdir(parents=True, exist_ok=True)
        with (self.cache / f"{self.name}.lock").open("w") as lock_file:
            # Two test runs in one checkout must not make the same folder at once.
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            if not stamp.exists():
                for outdated in self.cache.glob(f"{self.name}-{'?' * 16}/"):
                    shutil.rmtree(outdated)
                self._uv("venv", "--python", sys.executable, str(folder))
                self._uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(self.requirements))
                # Written last: a half-made environment has no stamp and is made again.
                stamp.touch()
        return python

    def lock(self) -> None:
        """Resolve the `.in` file beside the locked one into exact versions with hashes; it names no index."""
        source = self.requirements.with_suffix(".in")
        usual = ("--generate-hashes", "--no-header", "--no-emit-index-url", "--upgrade")
        self._uv("pip", "compile", *usual, "-o", str(self.requirements), str(source))

    def _uv(self, *arguments: str) -> None:
        command = [str(UV), "--quiet", *arguments]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=self.timeout_s, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise NoNetwork(f"uv {arguments[0]} took more than {self.timeout_s:g} s") from late
        if done.returncode != 0:
            is_offline = any(said in done.stderr for said in _NO_NETWORK)
            raise (NoNetwork if is_offline else EnvironmentFailed)(done.stderr.strip())
