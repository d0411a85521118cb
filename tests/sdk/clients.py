"""The provider's clients that the SDK is tested with: today's in our own environment, older ones in theirs.

An environment of older clients is made once by uv from locked requirements into `.cache/sdk-clients/`. To lock them
again: `python -m tests.sdk.clients`.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache" / "sdk-clients"
UV = Path(sys.executable).parent / "uv"
MAKE_TIMEOUT_S = 120

CURRENT = "current"
# By the month of their clients.
OLDER = ("2025-03", "2025-10")
GENERATIONS = (CURRENT, *OLDER)
_NO_NETWORK = ("client error (Connect)", "network was disabled", "operation timed out")


class NoNetwork(Exception):
    """An environment could not be made because the package index cannot be reached."""


def interpreter_of(generation: str) -> Path:
    """Return the Python that has the clients of a generation, made if needed."""
    if generation == CURRENT:
        return Path(sys.executable)
    requirements = HERE / f"requirements-clients-{generation}.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = CACHE / f"{generation}-{digest}"
    python, stamp = folder / "bin" / "python", folder / "complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{generation}.lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not stamp.exists():
            for outdated in CACHE.glob(f"{generation}-*/"):
                shutil.rmtree(outdated)
            _uv("venv", "--python", sys.executable, str(folder))
            _uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(requirements))
            stamp.touch()
    return python


def _uv(*arguments: str) -> None:
    try:
        done = subprocess.run(
            [str(UV), "--quiet", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=MAKE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise NoNetwork(f"uv {arguments[0]} took more than {MAKE_TIMEOUT_S} s") from late
    if done.returncode != 0:
        is_offline = any(said in done.stderr for said in _NO_NETWORK)
        raise (NoNetwork if is_offline else RuntimeError)(done.stderr.strip())


def main() -> None:
    """Resolve the `.in` files into exact versions with hashes."""
    for generation in OLDER:
        source = HERE / f"requirements-clients-{generation}.in"
        target = source.with_suffix(".txt")
        _uv("pip", "compile", "--generate-hashes", "--no-header", "--upgrade", "-o", str(target), str(source))


if __name__ == "__main__":
    main()
