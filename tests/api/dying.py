"""A server in whose engine some events cannot be stored, until a test repairs it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from tests.access.browser import Browser, ask
from tests.ingest.calls import BATCH, Answer
from tests.running import Server, wait_until

from watchllm_server.settings import load_settings
from watchllm_server.wiring.events import event_client

LETTERS = "/api/v1/dead-letters"
# Events of this name are refused while the engine is broken.
POISON = "poison"


@dataclass
class Dying:
    """The server's only project, its owner in a browser, and the defect of the engine."""

    server: Server
    _browsers: list[Browser] = field(default_factory=list[Browser])

    @property
    def browser(self) -> Browser:
        """The owner, signed in."""
        if not self._browsers:
            made = Browser(self.server)
            assert made.login().status == 200
            self._browsers.append(made)
        return self._browsers[0]

    def break_engine(self) -> None:
        """From now on, events of the name `poison` cannot be stored."""
        self._change(f"ALTER TABLE events ADD CONSTRAINT IF NOT EXISTS broken CHECK CAST(name, 'String') != '{POISON}'")

    def repair_engine(self) -> None:
        """From now on, everything can be stored."""
        self._change("ALTER TABLE events DROP CONSTRAINT IF EXISTS broken")

    def _change(self, sql: str) -> None:
        async def run() -> None:
            client = event_client(load_settings(data_dir=self.server.data_dir))
            try:
                await client.write(sql)
            finally:
                await client.close()

        asyncio.run(run())

    def send(self, *events: dict[str, Any]) -> None:
        """Send native events, which must be accepted."""
        answer = ask(self.server, BATCH, orjson.dumps(events), method="POST")
        assert answer.status == 202, answer.body

    def get(self, path: str) -> Any:
        """Return the answer of a read that must succeed."""
        answer = self.browser.get(path)
        assert answer.status == 200, (path, answer.body)
        return answer.json

    def post(self, action: str, body: object) -> Answer:
        """Replay or discard."""
        return self.browser.call("POST", f"{LETTERS}/{action}", body)

    def ask_for(self, action: str, body: object) -> Any:
        """Return the answer of a replay or discard that must succeed."""
        answer = self.post(action, body)
        assert answer.status == 200, answer.body
        return answer.json

    def kept(self) -> list[str]:
        """Return the ids of the letters that wait."""
        return [row["event_id"] for row in self.get(f"{LETTERS}?limit=100")["data"]]

    def wait_kept(self, *event_ids: str) -> None:
        """Wait until these letters are kept."""
        wait_until(lambda: set(event_ids) <= set(self.kept()))

    def counts(self) -> tuple[int, int, int, int]:
        """Return received, stored, duplicate and dead-lettered once nothing is queued; they must balance."""

        def settled() -> Any:
            totals = self.get("/api/v1/ledger")
            return None if totals["totals"]["queued"] else totals

        answer = wait_until(settled)
        assert answer["balanced"], answer
        totals = answer["totals"]
        return totals["received"], totals["stored"], totals["duplicate"], totals["dead_lettered"]

    def grown_by(self, do: Callable[[], object]) -> tuple[int, int, int, int]:
        """Return by how much the counts have grown after something was done."""
        before = self.counts()
        do()
        after = self.counts()
        return after[0] - before[0], after[1] - before[1], after[2] - before[2], after[3] - before[3]


def poison(event_id: str = "", **more: Any) -> dict[str, Any]:
    """Return an event that a broken engine refuses."""
    return {
        "eventId": event_id or f"bad-{secrets.token_hex(6)}", "traceId": f"trace-{secrets.token_hex(6)}",
        "type": "span", "body": {"name": POISON, "input": "what was sent"}, **more,
    }  # fmt: skip
