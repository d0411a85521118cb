"""The SDK inside the servers and workers that fork, and beside the tools that patch what it is built on."""

from __future__ import annotations

import collections
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sdk_loopback import Loopback

from tests.own_environments import ROOT
from tests.ports import free_port
from tests.running import wait_until
from tests.sdk.hosts import MAKE_TIMEOUT_S, python_of

pytestmark = pytest.mark.timeout(2 * MAKE_TIMEOUT_S)

REQUESTS = 40
# A server that is told to end lets its workers finish first.
END_S = 60


@pytest.fixture
def sink() -> Iterator[Loopback]:
    loopback = Loopback()
    yield loopback
    loopback.stop()


def environment(sink: Loopback, **more: str) -> dict[str, str]:
    """Return the surroundings of a host: the SDK on its path, set to the loopback server."""
    settings = {
        "WATCHLLM_API_KEY": "wl_host",
        "WATCHLLM_BASE_URL": sink.url,
        "PYTHONPATH": f"{ROOT}/sdk/python/src:{ROOT}",
    }
    return {"PATH": os.environ["PATH"], **settings, **more}


@contextlib.contextmanager
def running(command: Sequence[str | Path], folder: Path, environ: dict[str, str]) -> Generator[Path]:
    """Run a host in a process group of its own until the block ends; gives its log."""
    log = folder / "host.log"
    with log.open("w") as output:
        host = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output, start_new_session=True)
        try:
            yield log
            host.terminate()
            host.wait(END_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(host.pid, signal.SIGKILL)
            host.wait()


def answer_of(port: int) -> str:
    with (
        contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/page", timeout=5) as answer,
    ):
        return str(answer.read().decode())
    return ""


def messages(sink: Loopback) -> collections.Counter[str]:
    return collections.Counter(event["body"]["message"] for event in sink.accepted if event["type"] == "log")


def spans(sink: Loopback, name: str) -> list[dict[str, Any]]:
    bodies = (event["body"] for event in sink.accepted if event["type"] == "span")
    return [body for body in bodies if body["name"] == name]


def pids(sink: Loopback, name: str) -> list[int]:
    return [body["attributes"]["pid"] for body in spans(sink, name)]


WEB_SERVERS = {
    "gunicorn --preload": ("", ["-m", "gunicorn", "--preload", "--workers", "3", "--bind"]),
    "uwsgi without threads": ("uwsgi", ["--master", "--processes", "3", "--http-socket"]),
    "uwsgi with threads": (
        "uwsgi",
        ["--master", "--enable-threads", "--threads", "2", "--processes", "3", "--http-socket"],
    ),
}


@pytest.mark.parametrize("server", WEB_SERVERS)
def test_a_forking_web_server_sends_each_event_once(server: str, sink: Loopback, tmp_path: Path) -> None:
    package, arguments = WEB_SERVERS[server]
    port = free_port()
    address = f"127.0.0.1:{port}"
    if package:
        python = python_of(package)
        # A worker that does not end by itself is ended by its master: seen twice in a hundred runs, with threads.
        mercy = ("--die-on-term", "--worker-reload-mercy", "10")
        application = ("--need-app", "--wsgi-file", "tests/sdk/forking_web_host.py", *mercy)
        command = [python.parent / "uwsgi", *arguments, address, *application, "--venv", python.parent.parent]
    else:
        command = [sys.executable, *arguments, address, "tests.sdk.forking_web_host:application"]
    with running(list(map(str, command)), tmp_path, environment(sink)) as log:
        wait_until(lambda: answer_of(port), timeout_s=30)
        answered = [answer_of(port) for _ in range(REQUESTS)]
        if "with threads" in server:
            # Sent in the background; without threads, nothing runs between two requests.
            wait_until(lambda: len(pids(sink, "request")) == REQUESTS + 1, timeout_s=30)
    assert all(answered), log.read_text()
    served = pids(sink, "request")
    assert len(served) == REQUESTS + 1, log.read_text()
    assert set(answered) <= {str(pid) for pid in served}
    assert messages(sink) == {"loaded": 1, "queued at the fork": 1}
    # A fork in C, unlike one by Python, would copy a lock of the interpreter that a thread may hold.
    assert {span["attributes"]["threads"] for span in spans(sink, "request")} == {1 if package else 2}
    assert len(set(sink.ids())) == len(sink.ids())


def test_celery_workers_that_were_forked_send_what_their_tasks_did(sink: Loopback, tmp_path: Path) -> None:
    python, broker = python_of("celery"), tmp_path / "broker"
    broker.mkdir()
    environ = environment(sink, BROKER_FOLDER=str(broker), HOME=str(tmp_path))
    options = ["--pool", "prefork", "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [python, "-m", "celery", "-A", "tests.sdk.celery_host", "worker", *options, "--loglevel", "info"]
    subprocess.run([python, "-m", "tests.sdk.celery_host"], cwd=ROOT, env=environ, check=True, timeout=60)
    with running(list(map(str, command)), tmp_path, environ) as log:
        wait_until(lambda: len(pids(sink, "task")) >= 20, timeout_s=60)
        worked = pids(sink, "task")
    assert len(worked) == 20, log.read_text()
    assert len(set(worked)) == 2
    # The program that asked for the tasks has loaded the module, too.
    assert messages(sink) == {"loaded": 2}
    assert len(set(sink.ids())) == len(sink.ids())


def test_under_gevent_everything_is_sent(sink: Loopback) -> None:
    code = """
import gevent.monkey; gevent.monkey.patch_all()
import gevent, watchllm
watchllm.init()
def work(n):
    with watchllm.span(f"outer {n}"):
        gevent.sleep(0.001)
        watchllm.log(f"inner {n}")
gevent.joinall([gevent.spawn(work, n) for n in range(200)])
assert watchllm.flush(20), watchllm.stats()
"""
    run(python_of("gevent"), ["-c", code], sink)
    outer = {event["eventId"]: event["body"]["name"] for event in sink.accepted if event["type"] == "span"}
    inner = [event for event in sink.accepted if event["type"] == "log"]
    assert (len(outer), len(inner)) == (200, 200)
    assert all(outer[one["parentEventId"]].split()[1] == one["body"]["message"].split()[1] for one in inner)


def test_auto_instrumentation_sees_nothing_of_our_requests(sink: Loopback) -> None:
    code = """
import urllib.request, watchllm
watchllm.init(flush_at=1)
for n in range(5):
    watchllm.log("x" * 2000)
    assert watchllm.flush(10)
print("ours done")
urllib.request.urlopen(urllib.request.Request(watchllm.__name__ and __import__("os").environ["WATCHLLM_BASE_URL"],
                       data=b"[]", method="POST")).read()
"""
    python = python_of("otel")
    exporters = {"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}
    done = run(python, [str(python.parent / "opentelemetry-instrument"), str(python), "-c", code], sink, **exporters)
    assert len(sink.accepted) == 5
    # The host's own request is the proof that the instrumentation was on.
    assert done.stdout.count('"trace_id"') == 1 or done.stdout.count('"name"') == 1, done.stdout


def run(python: Path, arguments: list[str], sink: Loopback, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(python), *arguments], cwd=ROOT, env=environment(sink, **more), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_a_process_that_is_frozen_for_a_while_goes_on_sending(sink: Loopback) -> None:
    code = """
import time, watchllm
watchllm.init(flush_interval_s=0.05)
for n in range(40):
    watchllm.log(str(n))
    time.sleep(0.05)
"""
    host = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment(sink))
    wait_until(lambda: sink.accepted)
    for _ in range(3):
        host.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        host.send_signal(signal.SIGCONT)
        time.sleep(0.1)
    assert host.wait(30) == 0
    assert messages(sink) == {str(n): 1 for n in range(40)}
