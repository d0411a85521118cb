"""What is special in a host of uWSGI, which forks its workers in C, without Python's knowledge.

A worker is a copy of the master at any moment. Were a thread of ours running there, the copy could come with a lock of
the interpreter held by a thread that it does not have, and hang for ever. So no thread is started in the master before
its workers: what it captures waits, and its first worker takes it over.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any


def _uwsgi() -> Any:
    # It exists in the processes of uWSGI alone, and is there from the start.
    return sys.modules.get("uwsgi")


def is_master() -> bool:
    """Whether this process loads the application for workers that are forked from it."""
    uwsgi = _uwsgi()
    if uwsgi is None:
        return False
    return uwsgi.worker_id() == 0 and uwsgi.mule_id() == 0 and uwsgi.masterpid() in (0, os.getpid())


def has_workers() -> bool:
    """Whether a worker was forked already: what the master had captured is that worker's to send."""
    uwsgi = _uwsgi()
    return uwsgi is not None and any(worker["pid"] for worker in uwsgi.workers())


def is_heir() -> bool:
    """Whether this process is the worker that takes over what the master has captured."""
    uwsgi = _uwsgi()
    return uwsgi is not None and uwsgi.worker_id() == 1


def call_after_fork(hook: Callable[[], None]) -> None:
    """Have `hook` called in each worker when it begins, after what the host has asked for itself."""
    uwsgi = _uwsgi()
    if uwsgi is None:
        return
    others = getattr(uwsgi, "post_fork_hook", None)

    def call_all() -> None:
        if others is not None:
            others()
        hook()

    uwsgi.post_fork_hook = call_all
