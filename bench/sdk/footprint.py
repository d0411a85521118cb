"""What an SDK brings along: how long its import takes, and how much it puts on the disk."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

IMPORTS: Final = {
    "watchllm": "import watchllm",
    "opentelemetry": "import opentelemetry.sdk.trace.export, opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "langfuse": "import langfuse",
    "opik": "import opik",
    "phoenix-otel": "import phoenix.otel",
    "traceloop": "import traceloop.sdk",
    "openlit": "import openlit",
}
# Made by Python itself at the first import, and the same for all.
_NOT_INSTALLED: Final = {"__pycache__"}


def import_ms(python: Path, name: str) -> float:
    """Return the processor time of importing an SDK in a fresh interpreter: waiting for others is not its fault."""
    code = f"import time; began = time.process_time(); {IMPORTS[name]}; print((time.process_time() - began) * 1000)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=300)
    return float(done.stdout.splitlines()[-1])


def switched_off_us(python: Path, statement: str) -> float:
    """Return the microseconds of a statement of ours when the SDK is switched off; the best of many, as noise adds."""
    code = (
        "import timeit, watchllm; watchllm.init(enabled=False); "
        f"print(min(timeit.repeat({statement!r}, 'import watchllm', number=5000, repeat=40)) / 5000 * 1e6)"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=300)
    return float(done.stdout)


def installed_mb(python: Path) -> float:
    """Return the size of everything that was installed for an SDK, compiled files left out."""
    (packages,) = (python.parent.parent / "lib").glob("python*/site-packages")
    files = (path for path in packages.rglob("*") if path.is_file() and not _NOT_INSTALLED.intersection(path.parts))
    return sum(path.stat().st_size for path in files) / 1e6


def package_count(python: Path) -> int:
    """Return how many distributions were installed."""
    (packages,) = (python.parent.parent / "lib").glob("python*/site-packages")
    return len(list(packages.glob("*.dist-info")))
