"""The oracle by itself, against any server: `python -m tests.oracle --base-url URL --key KEY --record FILE`.

The project of the key MUST be empty. With `--verify` it sends nothing and checks an earlier record.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tests.oracle.api import Api
from tests.oracle.checker import Checker
from tests.oracle.content import Content
from tests.oracle.record import Header, Record
from tests.oracle.scenario import for_seconds, send_while
from tests.oracle.sender import Sender
from watchllm_server.clock import SystemClock


async def run(options: argparse.Namespace) -> bool:
    """Send and check, or check alone; returns whether the verdict is clean."""
    path = Path(options.record)
    if options.verify:
        record = Record.load(path)
    else:
        record = Record.create(path, Header(seed=options.seed, start_us=SystemClock().now_us()))
    content = Content(record.header.seed, record.header.start_us)
    if not options.verify:
        sender = Sender(
            content,
            record,
            base_url=options.base_url,
            api_key=options.key,
            clients=options.clients,
            events_per_s=options.rate,
        )
        await send_while(sender, for_seconds(options.seconds))
        record.close()
    async with Api(options.base_url, options.key) as api:
        verdict = await Checker(content, record, api).check(texts=options.texts)
    print(verdict.report())
    return verdict.is_clean


def main() -> None:
    """Exit with 0 when nothing is missing, doubled, wrong or spurious; else with 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=main.__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--record", required=True, help="file of the oracle's own memory")
    parser.add_argument("--verify", action="store_true", help="check the record, send nothing")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1_000.0, help="events per second, 0 for no limit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=None, help="events to read whole (default: all)")
    sys.exit(0 if asyncio.run(run(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
