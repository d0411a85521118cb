"""A web application that sends an event before its server forks, and a span for each request; answers with its pid."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import watchllm

watchllm.init()
watchllm.log("loaded")
# Where the server forks by Python, the master's worker thread runs when it does.
watchllm.flush()
watchllm.log("queued at the fork")
THREADS_AT_THE_FORK = threading.active_count()


def application(environ: Mapping[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer one request."""
    with watchllm.span("request", input=environ["PATH_INFO"], pid=os.getpid(), threads=THREADS_AT_THE_FORK):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]
