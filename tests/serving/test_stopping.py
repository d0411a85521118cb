"""`serve` holds its folder alone, ends in time and in order, and leaves nobody behind, however it ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from tests.ingest.calls import log_event, new_id
from tests.oracle.server import processes_of_group
from tests.running import Server, wait_until
from tests.serving.commands import STOP_S, Running, run, wait_until_gone

from watchllm_server.stores.events.engine_address import read_address


def engine_pid(server: Server) -> int:
    """Return the process id that the engine's run file gives, 0 while there is none."""
    address = read_address(server.data_dir / "run")
    return address.pid if address else 0


def group_of(server: Server) -> int:
    assert server.process is not None
    return server.process.pid


def store_event(server: Server) -> str:
    """Send an event and wait until it is visible."""
    event_id = new_id()
    status, answer = server.request("POST", "/api/v1/events", log_event(event_id, traceId=new_id()))
    assert status == 202, answer
    wait_until(lambda: server.request("GET", f"/api/v1/events/{event_id}")[0] == 200, timeout_s=40)
    return event_id


def test_a_second_serve_on_the_folder_is_refused_and_names_the_holder(fresh_server: Server) -> None:
    fresh_server.start()
    before = processes_of_group(group_of(fresh_server))
    second = run("serve", fresh_server.data_dir, "--port", "0")
    assert second.returncode == 2
    assert f"pid {group_of(fresh_server)}" in second.stderr
    assert str(fresh_server.data_dir) in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert processes_of_group(group_of(fresh_server)) == before
    store_event(fresh_server)
    assert fresh_server.stop() == 0
    fresh_server.start()


def test_a_port_that_is_taken_is_refused_and_leaves_nobody(fresh_server: Server, tmp_path: Path) -> None:
    fresh_server.start()
    port = fresh_server.base_url.rpartition(":")[2]
    with Running("serve", tmp_path / "other", "--port", port) as second:
        assert second.process.wait(30) == 2
        wait_until_gone(second.process.pid)
        assert second.process.stdout is not None
        assert port in second.process.stdout.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_takes_less_than_ten_seconds_and_leaves_no_child(fresh_server: Server, number: signal.Signals) -> None:
    fresh_server.start()
    group = group_of(fresh_server)
    assert len(processes_of_group(group)) >= 3
    event_id = store_event(fresh_server)
    began = time.monotonic()
    os.kill(group, number)
    assert fresh_server.process is not None
    assert fresh_server.process.wait(STOP_S + 10) == 0
    assert time.monotonic() - began < STOP_S
    assert processes_of_group(group) == []
    fresh_server.start()
    assert fresh_server.get(f"/api/v1/events/{event_id}")["event_id"] == event_id


def test_ctrl_c_of_a_terminal_reaches_every_process_and_still_ends_in_order(fresh_server: Server) -> None:
    fresh_server.start()
    group = group_of(fresh_server)
    status, _ = fresh_server.request("POST", "/api/v1/events", log_event(event_id := new_id(), traceId=new_id()))
    assert status == 202
    os.killpg(group, signal.SIGINT)
    assert fresh_server.process is not None
    assert fresh_server.process.wait(STOP_S) == 0
    assert processes_of_group(group) == []
    assert "Traceback" not in fresh_server.log()
    fresh_server.start()
    wait_until(lambda: fresh_server.request("GET", f"/api/v1/events/{event_id}")[0] == 200)


@pytest.mark.parametrize("after_s", [0.2, 0.6, 1.0, 1.6])
def test_a_stop_while_it_starts_ends_in_time_and_leaves_no_child(tmp_path: Path, after_s: float) -> None:
    with Running("serve", tmp_path / "data", "--port", "0") as starting:
        # No condition to wait for: the point is a stop at any moment of the start.
        time.sleep(after_s)
        starting.process.terminate()
        code = starting.process.wait(STOP_S)
        # Before the handlers stand, the signal itself ends the process; it has no child then.
        assert code in (0, -signal.SIGTERM)
        wait_until_gone(starting.process.pid)


def test_a_killed_serve_takes_its_children_with_it_and_starts_again(fresh_server: Server) -> None:
    fresh_server.start()
    group, event_id = group_of(fresh_server), store_event(fresh_server)
    os.kill(group, signal.SIGKILL)
    assert fresh_server.process is not None
    fresh_server.process.wait(5)
    wait_until_gone(group)
    fresh_server.start()
    assert fresh_server.get(f"/api/v1/events/{event_id}")["event_id"] == event_id


def test_a_killed_engine_comes_back_and_reading_works_again(fresh_server: Server) -> None:
    fresh_server.start()
    event_id, pid, group = store_event(fresh_server), engine_pid(fresh_server), group_of(fresh_server)
    os.kill(pid, signal.SIGKILL)
    # Acceptance needs no engine.
    during = new_id()
    assert fresh_server.request("POST", "/api/v1/events", log_event(during, traceId=new_id()))[0] == 202
    wait_until(lambda: engine_pid(fresh_server) not in (0, pid), timeout_s=30)
    wait_until(lambda: fresh_server.request("GET", "/readyz")[0] == 200, timeout_s=30)
    assert fresh_server.get(f"/api/v1/events/{event_id}")["event_id"] == event_id
    wait_until(lambda: fresh_server.request("GET", f"/api/v1/events/{during}")[0] == 200, timeout_s=40)
    assert group_of(fresh_server) == group
    assert fresh_server.stop() == 0


def test_an_engine_that_hangs_is_shown_and_reads_say_when_to_come_back(fresh_server: Server) -> None:
    fresh_server.start()
    event_id, pid = store_event(fresh_server), engine_pid(fresh_server)
    os.kill(pid, signal.SIGSTOP)
    try:
        status, answer = fresh_server.request("GET", "/readyz")
        assert (status, answer["status"], list(answer["details"])) == (503, "not_ready", ["event_store"])
        strangers = fresh_server.request("GET", "/readyz", headers={"X-Forwarded-For": "203.0.113.7"})
        assert strangers == (503, {"status": "not_ready", "details": None})
        status, health = fresh_server.request("GET", "/healthz")
        assert (status, health["status"]) == (200, "degraded")
        assert health["stores"] == {"queue": "ok", "event_store": "unavailable", "metadata": "ok"}
        assert fresh_server.request("GET", "/livez")[0] == 200
        assert fresh_server.request("POST", "/api/v1/events", log_event(new_id()))[0] == 202
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: fresh_server.request("GET", "/readyz")[0] == 200, timeout_s=30)
    assert fresh_server.get(f"/api/v1/events/{event_id}")["event_id"] == event_id


def test_a_killed_processor_comes_back_and_stores_what_waited(fresh_server: Server) -> None:
    fresh_server.start()
    store_event(fresh_server)
    group, engine = group_of(fresh_server), engine_pid(fresh_server)
    (processor,) = [
        pid for pid in processes_of_group(group) if pid not in (group, engine) and is_role(pid, "processor")
    ]
    os.kill(processor, signal.SIGKILL)
    store_event(fresh_server)


def is_role(pid: int, role: str) -> bool:
    return role.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
