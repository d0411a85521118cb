"""Searches one target in a process of its own, and says what came of it."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.fuzz.targets import CORPUS

_ROOT: Final = Path(__file__).resolve().parents[2]
# Loading the product, and an input that hangs.
_MARGIN_S: Final = 60
_SHOWN_CHARS: Final = 6_000


@dataclass(frozen=True)
class Found:
    """What a search came to: how many inputs were run, and the first that failed, with what it said."""

    target: str
    runs: int
    peak_mib: int
    failed: bytes | None
    report: str

    def explanation(self) -> str:
        """Return what to do about a failure, with the input itself."""
        shown = base64.b64encode(self.failed or b"").decode()
        return f"{self.report}\nThe input in base64, to be kept in tests/fuzz/corpus/{self.target}: {shown}"


def can_search() -> bool:
    """Tell whether this machine has the fuzzer."""
    return find_spec("atheris") is not None


def search(target: str, seconds: int, *, kept: Path | None = None, keep: bool = False) -> Found:
    """Search for so many seconds, from the kept inputs on; with `keep`, those that reach new code are kept too."""
    kept = kept or CORPUS / target
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        corpus, findings = Path(folder) / "corpus", Path(folder) / "findings"
        shutil.copytree(kept, corpus)
        findings.mkdir()
        command = [sys.executable, "-m", "tests.fuzz.search", target, corpus, findings, str(seconds)]
        ended = subprocess.run(
            command,
            cwd=_ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds + _MARGIN_S,
            check=False,
        )
        output = "\n".join(line for line in f"{ended.stdout}{ended.stderr}".splitlines() if not line.startswith("INFO"))
        failed = next((path.read_bytes() for path in sorted(findings.iterdir())), None)
        if ended.returncode != 0 and failed is None:
            raise AssertionError(f"the search of {target} ended with {ended.returncode}:\n{output[-_SHOWN_CHARS:]}")
        if keep:
            _keep(kept, corpus, failed)
        return Found(target, _stat(output, "number_of_executed_units"), _stat(output, "peak_rss_mb"), failed,
                     output[-_SHOWN_CHARS:])  # fmt: skip


def _stat(output: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s*(\d+)", output)
    return int(found.group(1)) if found else 0


def _keep(kept: Path, corpus: Path, failed: bytes | None) -> None:
    """Copy what is new into the kept inputs."""
    known = {path.read_bytes() for path in kept.iterdir()}
    for path in corpus.iterdir():
        if path.read_bytes() not in known:
            shutil.copy(path, kept / path.name[:16])
    if failed is not None:
        (kept / f"failed-{len(known)}").write_bytes(failed)
