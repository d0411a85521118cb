"""Whom the SDK talks to: the configured host, directly, and nobody else; in processes that keep what they contact."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sdk_loopback import Loopback, Reply
from sdk_loopback_only import LeavesThisMachine

Run = Callable[..., subprocess.CompletedProcess[str]]

EVERYTHING = """
    import watchllm
    watchllm.init(flush_interval_s=0.05)
    URL = {url!r}
    messages = [{{"role": "user", "content": [{{"type": "image_url", "image_url": {{"url": URL + "/a.png"}}}}]}}]
    with watchllm.context(metadata={{"home": URL}}, session_id=URL), watchllm.span(URL, input=URL, link=URL) as span:
        with watchllm.model_call("m", messages=messages, provider=URL, base_url=URL) as call:
            call.response({{"choices": [{{"message": {{"role": "assistant", "content": "see " + URL}}}}], "host": URL}})
        watchllm.retrieval(URL, [{{"id": URL, "text": URL}}])
        watchllm.prompt("p", "read {{{{url}}}}", {{"url": URL}})
        watchllm.tool_call("fetch", arguments={{"url": URL, "base_url": URL, "api_base": URL}}, result=URL)
        watchllm.error(RuntimeError(URL))
        span.output = URL
    assert watchllm.flush(10)
    watchllm.shutdown()
    print(sorted(set(sdk_loopback_only.guard())))
"""


def test_only_the_configured_host_is_contacted_whatever_a_prompt_or_an_answer_names(
    run_child: Run, server: Loopback
) -> None:
    other = Loopback()
    try:
        done = run_child(EVERYTHING.format(url=other.url))
        assert done.returncode == 0, done.stderr
        port = int(server.url.rpartition(":")[2])
        assert eval(done.stdout) == [("socket.connect", "127.0.0.1", port), ("socket.getaddrinfo", "127.0.0.1", port)]
        assert other.connections == set()
        assert len(server.accepted) == 5
    finally:
        other.stop()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(run_child: Run, server: Loopback, status: int) -> None:
    other = Loopback()
    try:
        server.default = Reply(status, headers={"Location": f"{other.url}/api/v1/events/batch"})
        done = run_child(
            "import watchllm; watchllm.init(); watchllm.log('x'); watchllm.flush(); print(watchllm.stats())"
        )
        assert "'rejected': 1" in done.stdout
        assert other.connections == set()
    finally:
        other.stop()


def test_proxies_of_the_environment_are_not_asked(run_child: Run, server: Loopback) -> None:
    other = Loopback()
    try:
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), other.url)
        done = run_child("import watchllm; watchllm.init(); watchllm.log('x')", **proxies)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(server.accepted) == 1
        assert other.connections == set()
    finally:
        other.stop()


def test_a_tls_error_is_one_line_and_the_host_goes_on(run_child: Run, server: Loopback) -> None:
    done = run_child(
        """
        import watchllm
        watchllm.init(max_retries=0, exit_timeout_s=0)
        for _ in range(3):
            watchllm.log("x")
            watchllm.flush(0.3)
        print("the host goes on", watchllm.stats()["queued"])
        """,
        WATCHLLM_BASE_URL=server.url.replace("http:", "https:"),
    )
    assert (done.returncode, done.stdout) == (0, "the host goes on 3\n")
    lines = done.stderr.splitlines()
    assert [line for line in lines if "cannot be reached (SSLError)" in line] == lines[:1], done.stderr
    assert server.accepted == []


NAMESPACE = """
import pathlib, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
from sdk_loopback import Loopback
import watchllm
server = Loopback()
watchllm.init("wl_x", server.url, flush_interval_s=0.05)
with watchllm.span("work", input="https://example.com/"):
    watchllm.model_response("gpt-4o-mini", prompt="https://example.com/", response="https://example.com/")
assert watchllm.flush(10)
watchllm.shutdown()
server.stop()
names, values = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()[:2]]
print(len(server.accepted), dict(zip(names, values))["OutNoRoutes"])
"""


def test_in_a_network_that_has_only_the_server_nothing_else_is_missed() -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("cannot have: a network namespace of its own")
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", NAMESPACE],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["2", "0"], "")


def test_no_test_of_the_sdk_can_leave_this_machine(run_child: Run) -> None:
    with pytest.raises(LeavesThisMachine), socket.socket() as outside:
        outside.connect(("192.0.2.1", 443))
    with pytest.raises(LeavesThisMachine):
        socket.getaddrinfo("example.com", 443)
    done = run_child("import socket; socket.create_connection(('192.0.2.1', 443), timeout=1)")
    assert "LeavesThisMachine" in done.stderr


def test_a_tool_that_traces_every_request_with_the_sdk_makes_no_endless_loop(run_child: Run, server: Loopback) -> None:
    done = run_child("""
        import http.client, time, watchllm
        plain = http.client.HTTPConnection.putrequest
        def traced(self, method, url, *args, **kwargs):
            with watchllm.span(f"{method} {url}"):
                watchllm.log("a request")
                return plain(self, method, url, *args, **kwargs)
        http.client.HTTPConnection.putrequest = traced
        watchllm.init(flush_interval_s=0.01)
        watchllm.log("the host")
        time.sleep(0.5)
        # A request of the host's own is seen.
        connection = http.client.HTTPConnection(watchllm._process._client.settings.base_url[7:])
        connection.request("POST", "/own", body=b"[]")
        connection.getresponse().read()
    """)
    assert (done.returncode, done.stderr) == (0, "")
    assert [event["body"].get("message") for event in server.accepted] == ["the host", "a request", None]
    assert server.names() == ["POST /own"]
