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
from setup import NPM_PROJECTS, NpmProject, node_command

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
REPORTS = ROOT / ".venv" / "reports"
# Debian package → the command by which it is known to be there.
SYSTEM_PACKAGES = {"chromium": "chromium", "redis-server": "redis-server"}


@dataclass
class Outcome:
    """Counts of one run, the names of what failed, and the skips with their reasons."""

    passed: int = 0
    failed: list[str] = field(default_factory=list[str])
    skipped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def run(self, suite: str, command: list[str], report: Path, **where: object) -> None:
        """Run a suite that writes a JUnit report, and count its cases."""
        REPORTS.mkdir(exist_ok=True)
        report.unlink(missing_ok=True)
        before = len(self.failed)
        code = subprocess.run(command, check=False, **where).returncode
        if report.exists():
            self._count(suite, report)
        # Such as a runner that broke, or a suite without a test: no case of the report says so.
        if code != 0 and len(self.failed) == before:
            self.failed.append(f"{suite} (exit code {code})")

    def _count(self, suite: str, report: Path) -> None:
        for case in ET.parse(report).iter("testcase"):
            name = f"{suite}: {case.get('classname')}: {case.get('name')}"
            if (skip := case.find("skipped")) is not None:
                self.skipped.append((name, skip.get("message") or ""))
            elif case.find("failure") is not None or case.find("error") is not None:
                self.failed.append(name)
            else:
                self.passed += 1


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


def start_building_servers() -> subprocess.Popen[bytes]:
    """Build the servers that tests run beside ours: once for each checkout, which takes minutes, beside the checks."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([str(PYTHON), "-m", "tests.servers.ferretdb"], cwd=ROOT, **quiet)


def run_pytest(outcome: Outcome) -> None:
    """Run the Python suites."""
    report = REPORTS / "python.xml"
    command = [str(PYTHON), "-m", "pytest", "-q", "-n", "3", "--dist", "worksteal", f"--junitxml={report}"]
    outcome.run("Python", command, report, cwd=ROOT)


def run_npm(outcome: Outcome, project: NpmProject) -> None:
    """Run the tests of an npm project."""
    npm, environment = node_command()
    report = REPORTS / f"{project.stamp}.xml"
    options = [option.format(path=report) for option in project.report_options]
    command = [*npm, "run", "--silent", "test", "--", *options]
    outcome.run(project.name, command, report, cwd=project.folder, env=environment)


def main() -> int:
    """Run all stages, also after one has failed."""
    outcome = Outcome()
    building = start_building_servers()
    outcome.failed += [f"check: {name}" for name in check.failures()]
    install_system_packages()
    for project in NPM_PROJECTS:
        run_npm(outcome, project)
    # A build that failed is told by the tests that need it, with the reason.
    building.wait()
    run_pytest(outcome)
    for name, reason in outcome.skipped:
        print(f"skipped: {name}: {reason}")
    if os.environ.get("CI"):
        unexcused = [name for name, reason in outcome.skipped if not reason.startswith("cannot have:")]
        outcome.failed += [f"{name} (in CI it may not be skipped)" for name in unexcused]
    for name in outcome.failed:
        print(f"failed: {name}")
    print(f"{outcome.passed} passed, {len(outcome.failed)} failed, {len(outcome.skipped)} skipped")
    return min(len(outcome.failed), 1)


if __name__ == "__main__":
    sys.exit(main())
