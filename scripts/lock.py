"""Pins what pyproject.toml asks for, with hashes, into requirements/; names no registry.

Those of development are pinned for every platform at once: not every tool has a wheel for each.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"


def main() -> None:
    """Write requirements/server.txt and requirements/dev.txt."""
    usual = [
        UV,
        "pip",
        "compile",
        "-q",
        "--generate-hashes",
        "--no-header",
        "--python-version",
        "3.11",
        "pyproject.toml",
    ]
    for extra, name in (([], "server"), (["--group", "dev", "--universal"], "dev")):
        subprocess.run([*usual, *extra, "-o", f"requirements/{name}.txt"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
