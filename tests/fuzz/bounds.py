"""What one input may cost, whatever it is: time of one processor, and memory above what the process needs anyway."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from watchllm_server.settings import Settings

MAX_CPU_S: Final = 1.0
# The largest body that is read, and what reading it may take beside it.
BODY_LIMIT: Final = int(Settings.model_fields["max_body_bytes"].default)
MAX_GROWTH: Final = BODY_LIMIT + 64 * 1024 * 1024
_PEAK: Final = Path("/proc/self/clear_refs")


class Bounds:
    """Runs a target on one input after another and fails at the first that costs too much."""

    def __init__(self, run: Callable[[bytes], None], warm_up: list[bytes]) -> None:
        self._run = run
        # What a first input loads, such as the prices of models, is no input's fault.
        for data in warm_up:
            run(data)

    def check(self, data: bytes) -> None:
        """Run one input. Raises what the target raises, and AssertionError beyond the bounds."""
        # Makes the kernel forget the peak of this process, see proc_pid_clear_refs(5).
        _PEAK.write_text("5")
        before, began_s = _peak_bytes(), time.thread_time()
        self._run(data)
        spent_s, growth = time.thread_time() - began_s, _peak_bytes() - before
        assert spent_s <= MAX_CPU_S, f"took {spent_s:.2f} s of processor time; at most {MAX_CPU_S} s are allowed"
        assert growth <= MAX_GROWTH, f"took {growth >> 20} MiB of memory; at most {MAX_GROWTH >> 20} MiB are allowed"


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
