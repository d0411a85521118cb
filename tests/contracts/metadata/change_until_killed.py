"""Adds users to the store whose URL is given, and says each on stdout once it is there; runs until it is killed."""

from __future__ import annotations

import asyncio
import itertools
import sys

from tests.contracts.metadata.people import user

from watchllm_server.settings import load_settings
from watchllm_server.stores.metadata.contract import AlreadyExists
from watchllm_server.wiring.stores import open_metadata


async def main(url: str, names: str, count: int) -> None:
    """Add `<names>0`, `<names>1` … up to `count` (0: for ever); says `taken` for one that was there."""
    store = await open_metadata(load_settings(metadata=url))
    for at in range(count) if count else itertools.count():
        said = f"{names}{at}"
        try:
            await store.add_user(user(said))
        except AlreadyExists:
            said = "taken"
        print(said, flush=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
