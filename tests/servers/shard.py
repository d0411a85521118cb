"""A cluster of one shard, which is the embedded engine itself, with distributed tables before the local ones.

The engine cannot replicate, has no `ON CLUSTER` and reaches no other shard (all three need a server); so tables are
made without them. Inserts, queries and erasures go the way they go on a cluster.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import uvicorn

from watchllm_server.stores.events.engine_http import Engine, EngineApp
from watchllm_server.stores.events.layout import Clustered

CLUSTER: Final = "alone"
USER: Final = "watchllm"
PASSWORD: Final = "of-a-test"
_CONFIG: Final = """<clickhouse><tcp_port>9000</tcp_port><remote_servers><alone>
<shard><replica><host>localhost</host><port>9000</port></replica></shard>
</alone></remote_servers></clickhouse>
"""


class OneShard(Clustered):
    """What `Clustered` says, without what this engine cannot do."""

    settings: Mapping[str, str] = {
        name: value
        for name, value in Clustered.settings.items()
        if name not in ("insert_quorum", "insert_quorum_parallel", "select_sequential_consistency")
    }

    def __init__(self) -> None:
        super().__init__(CLUSTER)
        self.mutations = "system.mutations"

    def places(self, table: str) -> list[str]:
        return [f"{table}_local"]

    def _whole(self, table: str) -> str:
        return table

    def _engine(self, table: str, arguments: str) -> str:
        return f"ENGINE = ReplacingMergeTree({arguments})"

    def _window_setting(self) -> str:
        return "non_replicated_deduplication_window"


async def serve(folder: Path, port: int) -> None:
    """Serve such an engine on loopback until the process ends."""
    engine = Engine(f"{folder / 'data'}?config-file={folder / 'config.xml'}", reader_threads=4)
    app = EngineApp(engine, user=USER, password=PASSWORD)
    await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")).serve()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    (Path(sys.argv[1]) / "config.xml").write_text(_CONFIG)
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
