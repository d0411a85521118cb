"""The one client of this process: `init`, `flush`, `shutdown`, `stats`, and what happens at exit and at a fork.

Misuse is said once in the log and then does nothing: this module never raises into the host, and never ends,
delays beyond the exit timeout, or changes the exit code of its process.
"""

from __future__ import annotations

import atexit
import importlib
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, cast

from watchllm import _notices, _uwsgi
from watchllm._client import Client
from watchllm._gate import import_gate
from watchllm._own_work import is_own_work
from watchllm._settings import ConfigurationError, read_settings

# Asked at each event; a lookup in a module less.
_getpid = os.getpid
_NOT_STARTED = "watchllm.init() was not called yet, so nothing is sent"
_ENDED = "watchllm.shutdown() was called, so nothing more is sent"

_client: Client | None = None
# The process that the client belongs to. Python tells of a fork by `register_at_fork`; a host in C, such as
# uWSGI, forks without Python's knowledge.
_pid = os.getpid()
# What to say, once, when an event comes while there is no client; "" says nothing.
_why_absent = _NOT_STARTED
_has_exit_hook = False
_has_fork_hook = False


def active_client() -> Client | None:
    """Return the client, or None after saying once why there is none; None, too, inside a request of our own."""
    if _client is None:
        if _why_absent:
            _complain()
        return None
    return None if is_own_work.get() else _client_here()


def _client_here() -> Client | None:
    """Return the client of this process; one that was the parent's a moment ago begins anew."""
    if _pid != _getpid():
        _begin_in_child()
    return _client


def _complain() -> None:
    global _why_absent
    text, _why_absent = _why_absent, ""
    _notices.warn("absent", text)


@_notices.never_raises(None)
def init(
    api_key: str | None = None,
    base_url: str | None = None,
    project: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    enabled: bool | None = None,
    *,
    max_retries: int | None = None,
    flush_at: int | None = None,
    flush_interval_s: float | None = None,
    request_timeout_s: float | None = None,
    exit_timeout_s: float | None = None,
    sample_rate: float | None = None,
    redact: Callable[[Any, str], Any] | None = None,
    redact_patterns: Iterable[str] | None = None,
    redact_defaults: bool | None = None,
) -> None:
    """Start sending events to a WatchLLM server.

    What is left out comes from `WATCHLLM_API_KEY`, `WATCHLLM_BASE_URL` (default http://127.0.0.1:8000),
    `WATCHLLM_PROJECT`, `WATCHLLM_ENVIRONMENT`, `WATCHLLM_RELEASE` and `WATCHLLM_ENABLED`. A setting that cannot
    work is said once in the log, and the SDK stays off. Nothing is connected before the first event.

    `max_retries` (3) per batch, `flush_at` (100 events) and `flush_interval_s` (1) say when a batch is sent,
    `request_timeout_s` (10) how long one request may take, `exit_timeout_s` (5) how long the end of the process
    may wait for the last events.

    `sample_rate` (1, or `WATCHLLM_SAMPLE_RATE`) is the share of traces that are sent, each whole or not at all.
    `redact(value, field)` returns what is sent instead of the value of a field; `redact_patterns` are regular
    expressions whose matches are replaced in every text; `redact_defaults=False` stops replacing what looks like
    an API key, a bearer token or a password.
    """
    # Before anything else is local: the arguments by their names.
    given = dict(locals())
    _hook_forks()
    _client_here()
    try:
        settings = read_settings(given)
    except ConfigurationError as problem:
        if _client is None:
            _stay_off("")
        _notices.warn("configuration", f"WatchLLM is off: {problem}")
        return
    if _client is not None:
        if settings != _client.settings:
            _notices.warn("twice", "watchllm.init() was called again and ignored; call watchllm.shutdown() first")
    elif not settings.enabled:
        _stay_off("")
    else:
        swap_client(Client(settings, on_start=_finish_in_child_processes))
        _hook_exit()
        if _uwsgi.is_master():
            _uwsgi.call_after_fork(_send_inherited)


@_notices.never_raises(False)
def flush(timeout: float = 5.0) -> bool:
    """Wait until everything captured so far was sent; returns whether it was, within `timeout` seconds.

    Returns at once where the server ordered a longer wait. Events that were not sent stay queued.
    """
    client = _client_here()
    return True if client is None else client.flush(max(0.0, float(timeout)))


@_notices.never_raises(None)
def shutdown(timeout: float = 5.0) -> None:
    """Send what is queued, for at most `timeout` seconds, and stop; `init()` may start again."""
    client = _client_here()
    if client is not None:
        _stay_off(_ENDED)
        _close(client, max(0.0, float(timeout)))


@_notices.never_raises(cast("dict[str, Any]", {}))
def stats() -> dict[str, Any]:
    """Return how many events are `queued` and were `sent`, and how many were `dropped`, by reason.

    Reasons: queue_full, too_large, unserialisable, rejected, server_error, auth, expired, shutdown,
    internal_error.
    """
    client = _client_here()
    return {"queued": 0, "sent": 0, "dropped": {}} if client is None else client.outbox.counts()


def swap_client(client: Client | None) -> Client | None:
    """Make `client` the one of this process and return the one before; the tool of `watchllm.testing`."""
    global _client, _why_absent
    before, _client = _client, client
    _why_absent = _NOT_STARTED
    return before


def _stay_off(why: str) -> None:
    global _client, _why_absent
    _client, _why_absent = None, why


def _close(client: Client, timeout_s: float) -> None:
    if left := client.close(timeout_s):
        _notices.warn("left", f"{left} events were not sent before the end")


def _hook_exit() -> None:
    global _has_exit_hook
    if not _has_exit_hook:
        _has_exit_hook = True
        atexit.register(_at_exit)


@_notices.never_raises(None)
def _at_exit() -> None:
    client = _client_here()
    if client is not None:
        _stay_off("")
        _close(client, client.settings.exit_timeout_s)


def _finish_in_child_processes() -> None:
    """Flush at the end of a forked `multiprocessing` child, which leaves without running `atexit`."""
    multiprocessing_util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if multiprocessing_util is None or process is None or process.parent_process() is None:
        return
    # Priority 0: after the host's own finalizers with a higher one, which may still capture events.
    multiprocessing_util.Finalize(None, _at_exit, exitpriority=0)


def _after_fork_in_child() -> None:
    import_gate.after_fork_in_child()
    _begin_in_child()


@_notices.never_raises(None)
def _send_inherited() -> None:
    client = _client_here()
    if client is not None:
        client.send_inherited()


def _begin_in_child() -> None:
    global _pid
    _pid = os.getpid()
    _notices.forget()
    if _client is not None:
        _client.start_afresh()


def _hook_forks() -> None:
    """Have forks wait for our imports; called by `init`, and at once where `logging` is there already.

    Hooks run from the last registered to the first. `logging` has one that takes its lock, which an import of ours may
    need: ours must come before it, so it must be registered after it.
    """
    global _has_fork_hook
    if _has_fork_hook or not hasattr(os, "register_at_fork"):
        return
    # So that its hook is registered before ours.
    importlib.import_module("logging")

    _has_fork_hook = True
    os.register_at_fork(
        before=import_gate.before_fork,
        after_in_parent=import_gate.after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )


if "logging" in sys.modules:
    _hook_forks()
