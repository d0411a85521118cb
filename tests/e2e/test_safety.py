"""W-01 to W-10: what a model, a user or an application wrote is shown, and does nothing."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
from typing import Any, Final

import pytest

from tests.e2e.browsing import BROWSER, browse, event
from tests.running import EMAIL, PASSWORD, Server

pytestmark = pytest.mark.skipif(BROWSER is None, reason="cannot have: no Chromium, and no right to install it")

_RUN: Final = "window.pwned=1;parent.pwned=1"
PAYLOADS: Final = {
    "W-01 script": f"<script>{_RUN}</script>",
    "W-02 img onerror": f'<img src=x onerror="{_RUN}">',
    "W-03 svg onload": f'<svg onload="{_RUN}"><script>{_RUN}</script></svg>',
    "W-04 iframe srcdoc": f'<iframe srcdoc="<script>{_RUN}</script>"></iframe>',
    "W-05 javascript link": f'[here](javascript:{_RUN}) <a href="javascript:{_RUN}">there</a>',
    "W-06 data link": f"[here](data:text/html,<script>{_RUN}</script>)",
    "W-07 style": "<style>@import 'http://tracker.invalid/a'; * { background: url(http://tracker.invalid/b) }</style>",
    "W-08 form": '<form action="http://tracker.invalid/"><input name=x><button>go</button></form>',
    "W-09 remote image": '![pixel](http://tracker.invalid/pixel.png) <img src="http://tracker.invalid/other.png">',
    "W-10 mathml": f'<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={_RUN}&gt;">',
}  # fmt: skip


# Together where they leave each other alone; an unclosed one would hide what follows it.
GROUPS: Final = (
    ("W-01 script", "W-05 javascript link", "W-06 data link", "W-08 form", "W-09 remote image"),
    ("W-02 img onerror", "W-03 svg onload", "W-04 iframe srcdoc"),
    ("W-07 style",),
    ("W-10 mathml",),
)


def story(trace: str, payloads: Sequence[str]) -> list[dict[str, Any]]:
    """Return a trace that has the payloads in every place where a sender may put a text.

    All of them stand in texts; where ids, names and keys stand, which are short, each event has another one.
    """
    payload = "\n\n".join(payloads)
    short = itertools.cycle(payloads)
    names = [next(short) for _ in range(5)]
    asked = [{"role": "system", "content": payload}, {"role": "user", "content": f"one {payload} two"}]
    called = {"role": "assistant", "content": "", "tool_calls": [
        {"id": names[1], "type": "function",
         "function": {"name": names[1], "arguments": json.dumps({names[1]: payload})}}
    ]}  # fmt: skip
    events = [
        event(trace, f"{trace}-root", "span", name=names[0], input=payload, output={names[0]: payload}),
        event(trace, f"{trace}-call", "model_response", f"{trace}-root", model=names[1], messages=[*asked, called],
              response=payload, metadata={names[1]: payload, "prompt": {"name": names[1], "version": names[1]}}),
        event(trace, f"{trace}-error", "error", f"{trace}-root", message=payload, type=names[2], stack=payload),
        event(trace, f"{trace}-score", "eval_metric", f"{trace}-root", name=names[3], label=names[3],
              comment=payload),
        event(trace, f"{trace}-tool", "tool_call", f"{trace}-root", toolName=names[4], arguments=payload,
              result=payload),
    ]  # fmt: skip
    return [{**one, "userId": name, "sessionId": name, "tags": [name]} for one, name in zip(events, names, strict=True)]


def test_what_others_wrote_never_runs_leaves_or_breaks_the_policy(fresh_server: Server) -> None:
    fresh_server.start()
    cases: list[dict[str, Any]] = []
    assert sorted(name for group in GROUPS for name in group) == sorted(PAYLOADS)
    for number, group in enumerate(GROUPS, start=1):
        payloads = [PAYLOADS[name] for name in group]
        # As text, one escaped place is like every other.
        modes = ["text", "markdown"] if number == 1 else ["markdown"]
        events = story(f"w{number:02}", payloads)
        status, answer = fresh_server.request("POST", "/api/v1/events/batch", events)
        assert status == 202, answer
        ids = [one["eventId"] for one in events]
        cases.append({"trace": f"w{number:02}", "payload": "\n\n".join(payloads), "modes": modes, "events": ids})
    deadline = time.monotonic() + 60
    while len(fresh_server.request("GET", "/api/v1/traces")[1]["data"]) < len(cases):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    browse("safety.mjs", fresh_server.base_url, EMAIL, PASSWORD, json.dumps(cases), timeout_s=400)
