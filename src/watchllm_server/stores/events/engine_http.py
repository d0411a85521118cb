"""ClickHouse's HTTP interface over the embedded engine: one request, one query, on loopback only.

It never decides what may be read or written; it applies the settings that a request brings, as a server does.
A handle belongs to one thread: a shared one returns wrong rows for parameterised queries.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import chdb
from chdb.state.sqlitelike import Connection

from watchllm_server.security.tokens import equal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# The statement of an insert stands before its data in the body, and ends with the line that names the format.
_INSERT: Final = re.compile(rb"\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)[ \t\r]*\n", re.IGNORECASE | re.DOTALL)
_COLUMNS: Final = re.compile(r"\(([^()]*)\)\s*$")
_MAX_STATEMENT: Final = 64 * 1024
_FORMAT: Final = re.compile(r"\s+FORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_CODE: Final = re.compile(r"Code:\s*(\d+)")
_NAME: Final = re.compile(r"^[a-z][a-z0-9_]*$")

# Parameters of ClickHouse's URL that are not settings of the query.
_NOT_SETTINGS: Final = frozenset(
    {"query", "database", "default_format", "query_id", "session_id", "session_timeout", "session_check",
     "compress", "decompress", "enable_http_compression", "http_zlib_compression_level", "wait_end_of_query",
     "cancel_http_readonly_queries_on_client_close", "send_progress_in_http_headers", "role", "buffer_size",
     "http_headers_progress_interval_ms", "add_http_cors_header", "client_protocol_version"}
)  # fmt: skip
# Two writers are enough for one disk and two kinds of rows; more would only compete with readers.
WRITER_THREADS: Final = 2


class EngineError(Exception):
    """The engine's own words, with its numeric code."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = _CODE.search(text)
        self.code = int(found.group(1)) if found else 1002


class Engine:
    """The embedded engine of one folder: a pool of threads for reads, another for writes."""

    def __init__(self, path: str, *, reader_threads: int) -> None:
        self._path = path
        self._local = threading.local()
        # Opening here, before any thread, makes a damaged or locked folder fail the start and not a query.
        self._first = chdb.connect(path)
        self._readers = ThreadPoolExecutor(reader_threads, thread_name_prefix="read")
        self._writers = ThreadPoolExecutor(WRITER_THREADS, thread_name_prefix="write")

    async def query(self, sql: str, fmt: str, parameters: Mapping[str, str], settings: Mapping[str, str]) -> bytes:
        """Run one statement and return its result in `fmt`. Raises EngineError."""
        pool = self._readers if settings.get("readonly") == "1" else self._writers
        return await asyncio.get_running_loop().run_in_executor(
            pool, self._run_query, sql, fmt, dict(parameters), tuple(sorted(settings.items()))
        )

    async def insert(self, statement: str, fmt: str, data: Sequence[bytes], settings: Mapping[str, str]) -> None:
        """Insert the pieces of `data`, written in `fmt`. Raises EngineError."""
        await asyncio.get_running_loop().run_in_executor(
            self._writers, self._run_insert, statement, fmt, data, dict(settings)
        )

    @contextmanager
    def _handle(self, settings: tuple[tuple[str, str], ...]) -> Generator[Connection]:
        """Lend this thread's handle with these settings, and close it when its statement fails.

        A handle whose statement failed midway gives the rows that were already made as the beginning of its next
        answer (chDB 4.4.0): whoever asks next would read another project's rows. Opening one takes 2 ms.
        """
        handles: dict[tuple[tuple[str, str], ...], Connection]
        handles = self._local.__dict__.setdefault("handles", {})
        try:
            if settings not in handles:
                handles[settings] = chdb.connect(self._path)
                # `readonly` goes last: after it no setting can be changed, which is the point of it.
                for name, value in sorted(settings, key=lambda item: item[0] == "readonly"):
                    handles[settings].query(f"SET {name} = {_quoted(value)}")
            yield handles[settings]
        except BaseException as error:
            if (handle := handles.pop(settings, None)) is not None:
                handle.close()
            if isinstance(error, RuntimeError):
                raise EngineError(str(error)) from None
            raise

    def _run_query(
        self, sql: str, fmt: str, parameters: dict[str, str], settings: tuple[tuple[str, str], ...]
    ) -> bytes:
        with self._handle(settings) as handle:
            return handle.query(sql, fmt, params=parameters or None).bytes()

    def _run_insert(self, statement: str, fmt: str, data: Sequence[bytes], settings: dict[str, str]) -> None:
        """Insert by selecting from a file in memory, never by chDB's own streaming insert.

        That one (4.4.0) says that it has written rows when the engine refused them after they were parsed, such as for
        a constraint or a view. This raises.
        """
        columns = _COLUMNS.search(statement)
        if columns is None:
            raise EngineError("Code: 62. DB::Exception: An insert of data must name its columns. (SYNTAX_ERROR)")
        # A path is used again by the next insert, with other columns.
        clauses = ["schema_inference_use_cache_for_file = 0"]
        clauses += [f"{name} = {_quoted(value)}" for name, value in settings.items()]
        descriptor = os.memfd_create("insert")
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.writelines(data)
            with self._handle(()) as handle:
                handle.query(
                    f"{statement} SELECT {columns[1]} FROM file('/proc/self/fd/{descriptor}', {_quoted(fmt)})"
                    f" SETTINGS {', '.join(clauses)}"
                )
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Wait for running statements, then let go of the folder."""
        self._readers.shutdown()
        self._writers.shutdown()
        self._first.close()


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class EngineApp:
    """The ASGI application: authenticates, reads the whole request, answers as ClickHouse does."""

    def __init__(self, engine: Engine, *, user: str, password: str) -> None:
        self._engine = engine
        self._basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/ping":
            await _answer(send, 200, b"Ok.\n")
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        if not equal(headers.get("authorization", ""), self._basic):
            await _answer(send, 401, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)\n")
            return
        pieces = await _read(receive)
        url = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        content_type = headers.get("content-type", "")
        if content_type.startswith("multipart/form-data"):
            # Long parameters come as a form, since they would not fit a URL.
            url, pieces = url | _form(content_type, b"".join(pieces)), []
        try:
            fmt, result = await self._run(url, pieces)
        except EngineError as error:
            code = str(error.code).encode()
            await _answer(send, 500, str(error).encode(), [(b"x-clickhouse-exception-code", code)])
            return
        await _answer(send, 200, result, [(b"x-clickhouse-format", fmt.encode())])

    async def _run(self, url: dict[str, str], pieces: list[bytes]) -> tuple[str, bytes]:
        parameters = {k.removeprefix("param_"): v for k, v in url.items() if k.startswith("param_")}
        settings = {
            k: v for k, v in url.items() if k not in _NOT_SETTINGS and not k.startswith("param_") and _NAME.match(k)
        }
        statement = (url["query"].encode() + b"\n") if "query" in url else b""
        # The statement stands in the URL before its data, or at the beginning of the body.
        insert = _INSERT.match(statement)
        if insert is None:
            pieces = [b"".join(pieces)]
            insert = _INSERT.match(statement + pieces[0][:_MAX_STATEMENT])
            if insert is not None:
                pieces = [pieces[0][insert.end() - len(statement) :]]
        if insert is not None and insert.group(2).upper() != b"VALUES":
            await self._engine.insert(insert.group(1).decode(), insert.group(2).decode(), pieces, settings)
            return "TabSeparated", b""
        sql = (statement + pieces[0]).decode()
        found = _FORMAT.search(sql)
        fmt = found.group(1) if found else url.get("default_format", "TabSeparated")
        return fmt, await self._engine.query(sql, fmt, parameters, settings)


def _form(content_type: str, body: bytes) -> dict[str, str]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    for part in cast(list[Message], message.get_payload()) if message.is_multipart() else []:
        name = part.get_param("name", header="content-disposition")
        content = cast(bytes, part.get_payload(decode=True))
        if isinstance(name, str):
            fields[name] = content.decode()
    return fields


async def _read(receive: Receive) -> list[bytes]:
    """Return the body in the pieces in which it came: put together, a large insert would be copied twice."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise EngineError("Code: 210. DB::Exception: The client closed the connection. (NETWORK_ERROR)")
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    fixed = [(b"content-type", b"text/plain; charset=UTF-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *(headers or [])]})
    await send({"type": "http.response.body", "body": body})
