"""The programs that the SDK must live in, with packages of their own. `python -m tests.sdk.hosts` locks them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.own_environments import ROOT, EnvironmentFailed, NoNetwork, OwnEnvironment

HERE = Path(__file__).parent
CACHE = ROOT / ".cache" / "sdk-hosts"
HOSTS = ("celery", "gevent", "otel", "uwsgi")
# uWSGI is compiled: a minute on a quiet machine.
MAKE_TIMEOUT_S = 300.0
_NO_COMPILER = ("uWSGI", "gcc", "compiler", "Python.h")


def environment_of(host: str) -> OwnEnvironment:
    """Return the environment of a host, made or not."""
    return OwnEnvironment(host, HERE / f"requirements-host-{host}.txt", CACHE, MAKE_TIMEOUT_S)


def python_of(host: str) -> Path:
    """Return the interpreter of a host; skips the test where this machine cannot have it."""
    try:
        return environment_of(host).make()
    except NoNetwork as problem:
        pytest.skip(f"cannot have: {host} needs the network once: {problem}")
    except EnvironmentFailed as problem:
        if host == "uwsgi" and any(sign in str(problem) for sign in _NO_COMPILER):
            pytest.skip(f"cannot have: uwsgi needs a C compiler and Python's headers: {problem}")
        raise


if __name__ == "__main__":
    for each in HOSTS:
        environment_of(each).lock()
