"""Everything that is right or wrong without running the product: format, lint, types, architecture, generated files."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from setup import NPM_PROJECTS, node_command

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


def steps() -> list[tuple[str, list[str], Path]]:
    """Return (name, command, folder) of each step."""
    npm, _ = node_command()
    return [
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], ROOT),
        ("lint", [str(BIN / "ruff"), "check", "--quiet", "."], ROOT),
        ("types", [str(BIN / "pyright")], ROOT),
        (
            "architecture",
            [str(BIN / "python"), "-m", "pytest", "-q", "tests/architecture", "-p", "no:cacheprovider"],
            ROOT,
        ),
        ("generated files", [str(BIN / "python"), "scripts/docs.py", "--check"], ROOT),
        *((project.name, [*npm, "run", "--silent", "check"], project.folder) for project in NPM_PROJECTS),
    ]


def failures() -> list[str]:
    """Run every step, also after one has failed; returns the names of those that failed."""
    _, environment = node_command()
    failed: list[str] = []
    for name, command, folder in steps():
        started = time.monotonic()
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"check: {name}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout[-6_000:] + done.stderr[-6_000:], flush=True)
    if failed:
        print(f"check: failed: {', '.join(failed)}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(1 if failures() else 0)
