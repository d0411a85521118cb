"""One run of the oracle as a test writes it: send while something happens, stop, and judge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path

from tests.oracle.api import Api
from tests.oracle.chaos import percentile
from tests.oracle.checker import Checker
from tests.oracle.content import Content
from tests.oracle.record import Batch, Header, Record
from tests.oracle.scenario import send_while
from tests.oracle.sender import Attempt, Sender
from tests.oracle.server import API_KEY
from tests.oracle.verdict import Verdict
from watchllm_server.clock import SystemClock


class Run:
    """Content, record and clients of one run against a server whose project holds nothing else."""

    def __init__(
        self,
        folder: Path,
        base_url: str,
        *,
        seed: int,
        events_per_s: float = 200.0,
        clients: int = 8,
        is_repeating: bool = True,
        ingest_url: str | Sequence[str] = "",
    ) -> None:
        start_us = SystemClock().now_us()
        self.record = Record.create(folder / f"record-{seed}.jsonl", Header(seed=seed, start_us=start_us))
        self.content = Content(seed, start_us)
        ingest_urls = [ingest_url or base_url] if isinstance(ingest_url, str) else ingest_url
        self._base_url, self._ingest_url = base_url, ingest_urls[0]
        self.sender = Sender(
            self.content,
            self.record,
            base_url=ingest_urls,
            api_key=API_KEY,
            clients=clients,
            events_per_s=events_per_s,
            is_repeating=is_repeating,
        )

    async def send_while(self, during: Awaitable[None]) -> None:
        """Send until `during` ends, then wait until every issued batch is acknowledged."""
        await send_while(self.sender, during)

    async def issued(self, events: int) -> None:
        """Return when so many events were issued: something to send for."""
        # Counted by the clients, which tell nobody.
        while self.record.issued_events < events:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def judge(self, *, texts: int | None = 50, clock_skew_s: float = 0.0) -> Verdict:
        """Check every id. Raises AssertionError unless all is as the promise says and every batch was acknowledged."""
        async with self.api() as api:
            verdict = await Checker(self.content, self.record, api, clock_skew_s=clock_skew_s).check(texts=texts)
        self.record.close()
        assert verdict.is_clean, verdict.report()
        assert verdict.stored == verdict.issued == verdict.acknowledged, verdict.report()
        return verdict

    def api(self) -> Api:
        """Return a reader of the server of this run."""
        return Api(self._base_url, API_KEY, ingest_url=self._ingest_url)

    async def deliver(self, batch: Batch) -> None:
        """Send a batch that the test has made, until it is acknowledged."""
        await self.sender.deliver(batch)

    def answered(self, *statuses: int) -> list[Attempt]:
        """Return the attempts with one of these statuses; 0 stands for no whole answer."""
        return [attempt for attempt in self.sender.attempts if attempt.status in statuses]


def p99_ms(attempts: Sequence[Attempt]) -> float:
    """Return the 99th percentile of how long attempts took, in milliseconds."""
    return percentile([attempt.seconds for attempt in attempts], 99) * 1_000
