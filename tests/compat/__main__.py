"""Runs the real clients and prints a table: client, version, result. `make compat`, or with names of clients.

`--record` keeps what each client sent for the replay of the fast suite; `--show` prints what was seen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.compat.clients import Client
from tests.compat.environments import HERE
from tests.compat.launch import ClientFailed, run_client, version_of
from tests.compat.recorder import Recorder, save
from tests.compat.seen import Seen, problems_of, wait_for_trace
from tests.compat.sent import others_of, spans_of
from tests.compat.table import CLIENTS
from tests.loopback_llm import LoopbackLLM
from tests.own_environments import EnvironmentFailed
from tests.running import Server

RECORDED = HERE / "recorded"


def check(server: Server, client: Client, *, is_recording: bool, is_shown: bool) -> list[str]:
    """Run one client and return its problems, in words."""
    session_id = f"trip-{client.name}"
    with LoopbackLLM() as llm, Recorder(server.base_url) as recorder:
        try:
            printed = run_client(client, llm, recorder.url, server.api_key, session_id)
        except (ClientFailed, EnvironmentFailed) as failed:
            statuses = [(e.method, e.path, e.status) for e in recorder.exchanges]
            return [f"the client failed: {failed}\nrequests: {statuses}"]
        exchanges, billed = list(recorder.exchanges), list(llm.calls)
    problems = [f"{e.method} {e.path} answered {e.status}" for e in exchanges if e.status >= 300]
    if "120.50 EUR are 130.14 US dollars." not in printed:
        problems.append(f"the scenario printed: {printed}")
    spans = spans_of(exchanges)
    if len(spans) != 1:
        return [*problems, f"{len(spans)} traces were sent instead of one: {[(e.path, e.status) for e in exchanges]}"]
    ((trace_id, span_ids),) = spans.items()
    sent = len(span_ids) + others_of(exchanges)
    try:
        seen = wait_for_trace(server, trace_id, sent)
    except AssertionError:
        return [*problems, f"not all of {sent} events came: {server.request('GET', f'/api/v1/traces/{trace_id}')}"]
    if is_shown:
        show(seen)
    if is_recording:
        RECORDED.mkdir(exist_ok=True)
        kept = [e for e in exchanges if e.method == "POST" and not e.path.endswith("/v1/metrics")]
        save(RECORDED / f"{client.name}.json", kept, billed)
    return problems + problems_of(seen, client.expected, billed, session_id, sent)


def show(seen: Seen) -> None:
    """Print every event of a trace."""
    print(seen.tree)
    print({name: value for name, value in seen.trace.items() if name not in ("root_events", "columns")})
    for event in seen.events:
        print({name: value for name, value in event.items() if value not in (None, "", [], {})})


def main() -> int:
    """Run the clients one after the other, also after one has failed; returns 1 when any did."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat", description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="client", help="names; without any, all")
    parser.add_argument("--record", action="store_true", help="keep the bodies for the replay")
    parser.add_argument("--show", action="store_true", help="print what was seen")
    options = parser.parse_args()
    known = {client.name: client for client in CLIENTS}
    if unknown := set(options.clients) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            for name in options.clients or known:
                if not run_one(server, known[name], is_recording=options.record, is_shown=options.show):
                    failed.append(name)
        finally:
            server.stop()
    print(f"{len(options.clients or known) - len(failed)} passed, {len(failed)} failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def run_one(server: Server, client: Client, *, is_recording: bool, is_shown: bool) -> bool:
    """Run one client and print its line of the table; returns whether all was right."""
    started_s = time.monotonic()
    try:
        version = version_of(client)
        problems = check(server, client, is_recording=is_recording, is_shown=is_shown)
    except EnvironmentFailed as failed:
        version, problems = "?", [f"no environment: {failed}"]
    verdict = "ok" if not problems else "FAILED"
    spent_s = time.monotonic() - started_s
    print(f"{client.name:28} {client.package} {version:12} {verdict} ({spent_s:.1f} s)", flush=True)
    for problem in problems:
        print("    " + problem.replace("\n", "\n    "), flush=True)
    return not problems


if __name__ == "__main__":
    sys.exit(main())
