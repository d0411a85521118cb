"""The SDK in real child processes: start, exit, fork, and that the host's exit stays its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from sdk_loopback import HANG, Loopback, Reply

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_importing_takes_less_than_100_ms_and_loads_nothing_heavy() -> None:
    code = """if True:
        import sys, time
        # Of the processor, not of the clock: others may use this machine meanwhile.
        began = time.process_time()
        import watchllm
        print((time.process_time() - began) * 1000)
        heavy = ("asyncio", "tenacity", "http.client", "ssl", "json", "inspect")
        print([name for name in heavy if name in sys.modules])
    """
    times: list[float] = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
        milliseconds, loaded = done.stdout.splitlines()
        times.append(float(milliseconds))
        assert loaded == "[]"
    assert min(times) < 100


def test_the_last_events_are_sent_at_exit(run_child: Run, server: Loopback) -> None:
    done = run_child("""
        import watchllm
        watchllm.init()
        with watchllm.span("last"):
            pass
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.names() == ["last"]


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("sys.exit(3)", 3),
        ("raise RuntimeError('host')", 1),
        ("asyncio.run(work())", 0),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); os.kill(os.getpid(), signal.SIGTERM)", 7),
    ],
    ids=["sys.exit", "unhandled exception", "end of asyncio.run", "SIGTERM handler of the host"],
)
def test_events_are_sent_and_the_exit_code_is_the_hosts(run_child: Run, server: Loopback, end: str, code: int) -> None:
    done = run_child(f"""
        import asyncio, os, signal, sys, watchllm
        watchllm.init()

        async def work():
            with watchllm.span("async"):
                await asyncio.sleep(0)

        with watchllm.span("before"):
            pass
        {end}
    """)
    assert done.returncode == code
    assert server.names()[0] == "before"


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_a_hanging_server_delays_the_exit_by_the_exit_timeout_only(
    run_child: Run, server: Loopback, seconds: float
) -> None:
    server.default = Reply(HANG)
    done = run_child(f"""
        import atexit, time
        atexit.register(lambda: print(time.monotonic() - began))
        import watchllm
        watchllm.init(exit_timeout_s={seconds})
        watchllm.log("x")
        began = time.monotonic()
    """)
    assert done.returncode == 0
    assert float(done.stdout) < seconds + 0.2
    assert "1 events were not sent before the end" in done.stderr


def test_a_forked_child_sends_its_own_events_and_never_those_of_its_parent(run_child: Run, server: Loopback) -> None:
    done = run_child("""
        import os, watchllm
        watchllm.init(flush_interval_s=3600)
        with watchllm.span("outer") as outer:
            watchllm.log("from the parent")
            child = os.fork()
            if child == 0:
                with watchllm.span("child"):
                    pass
                assert watchllm.flush()
                assert watchllm.stats()["sent"] == 1, watchllm.stats()
            else:
                assert os.waitpid(child, 0)[1] == 0
        # The child leaves through here, too, and must not send "outer".
        watchllm.flush()
        os._exit(0)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(server.names()) == ["child", "outer"]
    assert len(server.accepted) == 3
    by_name = {event["body"].get("name"): event for event in server.accepted}
    assert by_name["child"]["parentEventId"] == by_name["outer"]["eventId"]
    assert len(set(server.ids())) == 3


def test_a_fork_works_at_any_moment_of_the_workers_life(run_child: Run, server: Loopback) -> None:
    done = run_child("""
        import os, time, watchllm
        watchllm.init(flush_at=1)
        watchllm.log("parent")
        children = []
        for number in range(20):
            child = os.fork()
            if child == 0:
                watchllm.log(f"child {number}")
                os._exit(0 if watchllm.flush(20) else 1)
            children.append(child)
            time.sleep(0.005)
        assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    messages = sorted(event["body"]["message"] for event in server.accepted)
    assert messages == sorted(["parent", *(f"child {number}" for number in range(20))])
    assert len(set(server.ids())) == 21


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing_children_send_what_they_captured_when_they_end(
    run_child: Run, server: Loopback, method: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    script = tmp_path_factory.mktemp("host") / "host.py"
    script.write_text(
        f"""
import multiprocessing, watchllm
watchllm.init(flush_interval_s=3600)

def work(number):
    watchllm.log(f"child {{number}}")

if __name__ == "__main__":
    watchllm.log("parent")
    context = multiprocessing.get_context("{method}")
    children = [context.Process(target=work, args=(number,)) for number in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
"""
    )
    done = run_child(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')")
    assert (done.returncode, done.stderr) == (0, "")
    messages = sorted(event["body"]["message"] for event in server.accepted)
    assert messages == ["child 0", "child 1", "child 2", "parent"]


def test_nothing_is_written_to_stdout_and_one_line_to_stderr_without_a_key(run_child: Run) -> None:
    done = run_child(
        """
        import watchllm
        watchllm.init()
        for _ in range(100):
            with watchllm.span("x"):
                watchllm.log("y")
        watchllm.flush()
        """,
        WATCHLLM_API_KEY="",
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == ["WatchLLM is off: there is no API key: pass api_key or set WATCHLLM_API_KEY"]


@pytest.mark.parametrize("environ", [{"WATCHLLM_ENABLED": "0", "WATCHLLM_API_KEY": ""}, {"WATCHLLM_ENABLED": "off"}])
def test_switched_off_it_is_silent(run_child: Run, server: Loopback, environ: dict[str, str]) -> None:
    done = run_child(
        """
        import threading, watchllm
        watchllm.init()
        watchllm.log("x")
        assert watchllm.flush() and threading.active_count() == 1
        """,
        **environ,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.requests == []


def test_a_host_that_cannot_start_threads_goes_on(run_child: Run) -> None:
    done = run_child("""
        import threading, watchllm
        watchllm.init(exit_timeout_s=0)
        def refuse(self):
            raise RuntimeError("can't start new thread")
        threading.Thread.start = refuse
        for _ in range(3):
            watchllm.log("x")
        assert watchllm.flush(0.1) is False
        assert watchllm.stats()["queued"] == 3
    """)
    assert done.returncode == 0
    assert "watchllm.start was ignored (RuntimeError)" in done.stderr


def test_it_can_be_called_while_the_interpreter_shuts_down(run_child: Run, server: Loopback) -> None:
    done = run_child("""
        import atexit, watchllm
        class Late:
            def __del__(self):
                watchllm.log("from __del__")
                watchllm.flush(0.1)
        atexit.register(lambda: watchllm.log("before ours"))
        watchllm.init()
        atexit.register(lambda: watchllm.log("after ours, so earlier"))
        late = Late()
    """)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert [event["body"]["message"] for event in server.accepted] == ["after ours, so earlier"]


def test_a_thousand_starts_make_one_worker_and_one_connection(run_child: Run, server: Loopback) -> None:
    done = run_child("""
        import threading, watchllm
        before = threading.active_count()
        for number in range(1000):
            watchllm.init(environment=f"number {number}", flush_interval_s=0.05)
            watchllm.log("x")
        assert watchllm.flush(10)
        ours = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
        assert threading.active_count() == before + 1
        assert all(thread.daemon for thread in ours)
        watchllm.shutdown()
        assert not ours[0].is_alive(), "shutdown joins"
        assert threading.active_count() == before
    """)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted) == 1000
    assert len(server.connections) == 1
    assert done.stderr.count("\n") == 1, "the second start is said once"


def test_a_fork_and_a_late_import_do_not_wait_for_each_other() -> None:
    # The import of a module that makes a logger needs logging's lock, which a fork takes too.
    code = """
import os, sys, threading, time
import watchllm
from watchllm._gate import import_gate
watchllm.init(api_key="wl_x", base_url="http://127.0.0.1:9")
assert "logging" in sys.modules
began, done = threading.Event(), threading.Event()
def late():
    with import_gate:
        began.set()
        time.sleep(0.2)
        import logging
        logging.getLogger("made late")
    done.set()
threading.Thread(target=late).start()
began.wait()
before = time.monotonic()
pid = os.fork()
if pid == 0:
    with import_gate:
        os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert done.wait(5)
assert time.monotonic() - before < 1.5, time.monotonic() - before
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)


def test_a_fork_goes_on_when_an_import_never_ends() -> None:
    code = """
import os, threading
import watchllm
from watchllm import _gate
watchllm.init(api_key="wl_x", base_url="http://127.0.0.1:9")
_gate.FORK_PATIENCE_S = 0.2
began = threading.Event()
def stuck():
    with _gate.import_gate:
        began.set()
        threading.Event().wait()
threading.Thread(target=stuck, daemon=True).start()
began.wait()
pid = os.fork()
if pid == 0:
    with _gate.import_gate:
        os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
