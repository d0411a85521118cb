"""Fifty callers of two projects at once: nobody ever sees a word of the other project (X-20)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.access.browser import ask
from tests.access.tenants import Tenants
from tests.ingest.calls import BATCH, log_event, new_id, send_json
from tests.running import Server, wait_until

CALLERS: Final = 50
ROUNDS: Final = 2
PATHS: Final = ("traces", "events", "traces/{trace}", "stats/breakdown?by=user_id", "search?q=said", "end-users")


def test_callers_of_two_projects_at_once_see_their_own_alone(open_server: Server, tenants: Tenants) -> None:
    words = ("appleside", "pearside")
    projects = [tenants.add_project() for _ in words]
    keys = [f"Bearer {tenants.add_key(project_id, 'ingest', 'read')}" for project_id in projects]
    # The same ids in both, so that only the project tells them apart.
    trace_id, event_id = new_id(), new_id()

    def send(place: int) -> None:
        event = log_event(event_id, traceId=trace_id, userId=words[place])
        body = {"level": "info", "message": f"said by {words[place]}"}
        assert send_json(open_server, BATCH, [{**event, "body": body}], authorization=keys[place]).status == 202

    for place in (0, 1):
        send(place)
        path = f"/api/v1/traces/{trace_id}"
        wait_until(lambda p=place, path=path: ask(open_server, path, authorization=keys[p]).status == 200)

    def call(number: int) -> tuple[int, int]:
        """Ask for everything in turns as one project and as the other; returns how often it was right and wrong."""
        right = wrong = 0
        for turn in range(ROUNDS):
            place = (number + turn) % 2
            for path in PATHS:
                answer = ask(open_server, f"/api/v1/{path.format(trace=trace_id)}", authorization=keys[place])
                if answer.status == 429:
                    continue
                assert answer.status == 200, (path, answer.body)
                right += words[place].encode() in answer.body
                wrong += words[1 - place].encode() in answer.body
            send(place)
        return right, wrong

    with ThreadPoolExecutor(CALLERS) as pool:
        results = list(pool.map(call, range(CALLERS)))
    assert sum(wrong for _, wrong in results) == 0
    assert sum(right for right, _ in results) > CALLERS * ROUNDS
