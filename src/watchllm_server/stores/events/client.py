"""The one client of the event store: ClickHouse over HTTP, the embedded engine or a server alike.

Reads and writes are separate: every read goes through the guard (readonly=1; bounded time, memory, rows and
concurrency), so that no read can change anything or reach a file or a URL, whatever its values are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, Literal, TypeVar, cast

import aiohttp
import clickhouse_connect
import msgspec
import orjson
import pyarrow as pa
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from watchllm_server import failpoints
from watchllm_server.errors import TooManyRequests
from watchllm_server.stores.events.binding import bound
from watchllm_server.stores.events.contract import QueryLimit, RowsRefused, StoreUnavailable
from watchllm_server.stores.events.layout import Layout

T = TypeVar("T")

# Codes of ClickHouse that say: this read is too large. Time, memory, rows read, rows returned.
_LIMIT_CODES: Final = frozenset({158, 159, 160, 241, 307, 396})
# Codes that say: these rows can never be stored, by parsing, type, range or shape.
_REFUSED_CODES: Final = frozenset(
    {
        6,
        8,
        26,
        27,
        33,
        38,
        41,
        43,
        49,
        53,
        69,
        70,
        72,
        117,
        128,
        131,
        153,
        190,
        349,
        395,
        407,
        469,
        530,
        547,
        590,
        636,
        691,
    }
)
# A read that cannot begin within this time tells the caller to come back.
QUEUE_WAIT_S: Final = 5.0
# Small enough that the allocator uses the same memory again, large enough that the loop has little to do.
_PIECE_BYTES: Final = 256 * 1024
_NO_PARAMETERS: Final[Mapping[str, object]] = {}


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of every read; each is a setting."""

    max_seconds: float = 20.0
    max_bytes: int = 1024 * 1024 * 1024
    max_rows: int = 2_000_000
    concurrency: int = 4


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the engine answers."""

    host: str
    port: int
    user: str
    password: str
    database: str = "default"
    secure: bool = False


class Client:
    """Connections to one event store. `locate` is asked again after a failure: the engine may have moved."""

    def __init__(
        self,
        locate: Callable[[], Endpoint | None],
        *,
        guard: Guard | None = None,
        write_timeout_s: float = 10.0,
        layout: Layout | None = None,
    ) -> None:
        self.layout = layout or Layout()
        self._locate = locate
        self._guard = guard or Guard()
        self._write_timeout_s = write_timeout_s
        self._slots = asyncio.Semaphore(self._guard.concurrency)
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def write_timeout_s(self) -> float:
        """How long one attempt to change something may take; reads that belong to it should take no longer."""
        return self._write_timeout_s

    async def read_rows(
        self, sql: str, parameters: Mapping[str, object] = _NO_PARAMETERS, *, timeout_s: float | None = None
    ) -> list[dict[str, Any]]:
        """Return rows as dicts: 64-bit integers as numbers, decimals as strings."""
        data = await self.read_bytes(sql, parameters, format="JSONEachRow", timeout_s=timeout_s)
        return [orjson.loads(line) for line in data.splitlines()]

    async def read_arrow(self, sql: str, parameters: Mapping[str, object] = _NO_PARAMETERS) -> pa.Table:
        """Return an Arrow table; strings as UTF-8, invalid bytes replaced by the writer long before."""
        data = await self.read_bytes(sql, parameters, format="ArrowStream")
        with pa.ipc.open_stream(data) as reader:
            return reader.read_all()

    async def read_bytes(
        self,
        sql: str,
        parameters: Mapping[str, object] = _NO_PARAMETERS,
        *,
        format: Literal["JSONEachRow", "ArrowStream", "JSONCompactColumns", "CSVWithNames", "Parquet"],
        timeout_s: float | None = None,
    ) -> bytes:
        """Run one bounded, read-only query and return its bytes. Raises QueryLimit or StoreUnavailable.

        An engine that does not even say that the query takes too long is given up after `timeout_s`; by default, a
        while after the bound of the query.
        """
        try:
            async with asyncio.timeout(QUEUE_WAIT_S):
                await self._slots.acquire()
        except TimeoutError:
            raise TooManyRequests("too many reads are running", code="too_busy", retry_after_s=5) from None
        try:
            limit_s = timeout_s or self._guard.max_seconds + QUEUE_WAIT_S
            return await self._call(
                lambda c: c.raw_query(sql, parameters=bound(parameters), settings=self._read_settings(), fmt=format),
                timeout_s=limit_s,
            )
        finally:
            self._slots.release()

    def _read_settings(self) -> dict[str, Any]:
        guard = self._guard
        return {
            **self.layout.settings,
            "readonly": "1",
            "max_execution_time": str(guard.max_seconds),
            "max_memory_usage": str(guard.max_bytes),
            "max_result_rows": str(guard.max_rows),
            "output_format_json_quote_64bit_integers": "0",
            "output_format_json_quote_decimals": "1",
            "output_format_arrow_string_as_string": "1",
            "output_format_arrow_low_cardinality_as_dictionary": "0",
        }

    async def write(
        self, sql: str, parameters: Mapping[str, object] = _NO_PARAMETERS, *, timeout_s: float | None = None
    ) -> None:
        """Run one statement that changes something: DDL, INSERT SELECT. Raises StoreUnavailable or RowsRefused."""
        await self._call(
            lambda c: c.raw_query(sql, parameters=bound(parameters), settings=dict(self.layout.settings)),
            timeout_s=timeout_s or self._write_timeout_s,
        )

    async def insert_arrow(self, table: str, rows: pa.Table, *, token: str | None) -> None:
        """Insert rows; the same token and rows again are stored once. Raises StoreUnavailable or RowsRefused."""
        data = await asyncio.to_thread(_stream_of, rows)
        # A batch of old events may touch more months than the default of 100 partitions allows.
        settings = {
            **self.layout.settings,
            "throw_on_max_partitions_per_insert_block": "0",
            "max_partitions_per_insert_block": "0",
        }
        if token is not None:
            settings["insert_deduplication_token"] = token
            # Rows that replace each other within one insert are rare, and every read and merge settles them.
            settings["optimize_on_insert"] = "0"
        names = list(rows.column_names)
        await self._call(
            lambda c: c.raw_insert(table, names, _pieces(data), settings=settings, fmt="ArrowStream"),
            timeout_s=self._write_timeout_s,
        )

    async def _call(self, run: Callable[[AsyncClient], Awaitable[T]], *, timeout_s: float) -> T:
        client: AsyncClient | None = None
        try:
            async with asyncio.timeout(timeout_s):
                client = await self._connected()
                return await run(client)
        except DatabaseError as error:
            # The driver says with a DatabaseError also that nobody listens any more.
            failure = _translated(error)
        except (ClickHouseError, aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = StoreUnavailable(f"{type(error).__name__}: {error}")
        if isinstance(failure, StoreUnavailable):
            # A new connection for the next attempt: this one may hang, or the engine may have moved.
            self._drop(client)
        raise failure

    async def _connected(self) -> AsyncClient:
        if self._client is not None:
            return self._client
        async with self._opening:
            if self._client is None:
                endpoint = self._locate()
                if endpoint is None:
                    raise OSError("the embedded engine is not running")
                # Opening asks the engine some questions. Others wait for it, and one that hangs must not hold them all.
                async with asyncio.timeout(self._write_timeout_s):
                    self._client = await clickhouse_connect.get_async_client(
                        host=endpoint.host,
                        port=endpoint.port,
                        username=endpoint.user,
                        password=endpoint.password,
                        database=endpoint.database,
                        secure=endpoint.secure,
                        compress=endpoint.secure,
                        autogenerate_session_id=False,
                        query_retries=0,
                    )
        return self._client

    def _drop(self, client: AsyncClient | None) -> None:
        """Give a client up, unless another has taken its place; closing waits for its other requests, beside us."""
        if client is None or client is not self._client:
            return
        self._client = None
        closing = asyncio.create_task(client.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close the connections."""
        self._drop(self._client)
        await asyncio.gather(*self._closing, return_exceptions=True)


def _stream_of(rows: pa.Table) -> pa.Buffer:
    """Return the rows as one record batch: they are one block, and a token names exactly one insert."""
    whole = rows.combine_chunks()
    # Measured first, since a buffer that grows is copied again and again.
    measure = pa.MockOutputStream()
    _write_stream(whole, measure)
    buffer = pa.allocate_buffer(measure.size())
    _write_stream(whole, pa.FixedSizeBufferWriter(buffer))
    return buffer


def _write_stream(rows: pa.Table, sink: Any) -> None:
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)


async def _pieces(data: pa.Buffer) -> AsyncGenerator[bytes]:
    """Yield the bytes in pieces: as one, the driver would copy tens of megabytes twice."""
    view = memoryview(data)
    for at in range(0, len(view), _PIECE_BYTES):
        yield bytes(view[at : at + _PIECE_BYTES])
    failpoints.reach("processor.insert_sent")


def _translated(error: DatabaseError) -> Exception:
    text = str(error)
    code = cast(int | None, getattr(error, "code", None))
    if code is None:
        head = text.partition("Code: ")[2]
        code = int(head[: len(head) - len(head.lstrip("0123456789"))] or 0)
    if code in _LIMIT_CODES:
        return QueryLimit(text)
    if code in _REFUSED_CODES:
        return RowsRefused(text)
    return StoreUnavailable(text)
