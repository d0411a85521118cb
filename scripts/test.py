"""Runs everything that must hold, and ends with what was skipped and why.

A skip is allowed where the machine cannot have what the test needs: its reason then starts with "cannot have:".
In CI any other skip is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import check
from setup import WEB, node_command

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
REPORT = ROOT / ".venv" / "junit.xml"
# Debian package → the command by which it is known to be there.
SYSTEM_PACKAGES = {"chromium": "chromium"}


@dataclass
class Outcome:
    """Counts of one run, and the skips with their reasons."""

    passed: int = 0
    failed: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def install_system_packages() -> None:
    """Install what the tests need from the system, where we may: as root on Debian."""
    missing = [package for package, command in SYSTEM_PACKAGES.items() if shutil.which(command) is None]
    if not missing or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"test: installing {', '.join(missing)}", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False, **quiet)
    subprocess.run(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing], env=environment, check=False, **quiet
    )


def run_pytest(outcome: Outcome) -> None:
    """Run the Python suites and read their report."""
    REPORT.unlink(missing_ok=True)
    command = [PYTHON, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", f"--junitxml={REPORT}"]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if not REPORT.exists():
        outcome.failed += 1
        return
    for case in ET.parse(REPORT).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if (skip := case.find("skipped")) is not None:
            outcome.skipped.append((name, skip.get("message") or ""))
        elif case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        else:
            outcome.passed += 1
    if code not in (0, 1) and not outcome.failed:
        outcome.failed += 1


def run_web(outcome: Outcome) -> None:
    """Run the web app's unit tests."""
    npm, environment = node_command()
    code = subprocess.run([*npm, "run", "--silent", "test"], cwd=WEB, env=environment, check=False).returncode
    if code == 0:
        outcome.passed += 1
    else:
        outcome.failed += 1


def main() -> int:
    """Run all stages, also after one has failed."""
    outcome = Outcome()
    outcome.failed += check.main()
    install_system_packages()
    run_web(outcome)
    run_pytest(outcome)
    unexcused = [name for name, reason in outcome.skipped if not reason.startswith("cannot have:")]
    for name, reason in outcome.skipped:
        print(f"skipped: {name}: {reason}")
    if os.environ.get("CI") and unexcused:
        print(f"in CI these may not be skipped: {', '.join(unexcused)}")
        outcome.failed += len(unexcused)
    print(f"{outcome.passed} passed, {outcome.failed} failed, {len(outcome.skipped)} skipped")
    return min(outcome.failed, 1)


if __name__ == "__main__":
    sys.exit(main())
