"""Capture events while no server is there: `python -m tests.sdk.run_without_a_server COUNT`; prints one JSON line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import watchllm


def peak_mib() -> float:
    """Return the most memory that this program has held; `getrusage` would count what its parent held at the fork."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Capture and measure."""
    # Port 9 is reserved for throwing away; nothing listens there.
    watchllm.init("wl_x", "http://127.0.0.1:9", exit_timeout_s=0)
    watchllm.log("warm up")
    before_mib = peak_mib()
    for number in range(int(sys.argv[1])):
        with watchllm.span("work", input="x" * 500 + str(number)):
            pass
    print(json.dumps({"grown_mib": round(peak_mib() - before_mib, 1), **watchllm.stats()}))


if __name__ == "__main__":
    main()
