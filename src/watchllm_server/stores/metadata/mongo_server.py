"""The MongoDB server of the metadata store: every call is durable or raises, and none names what is in the URL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from watchllm_server.errors import SettingsError, Unavailable

T = TypeVar("T")
Document = dict[str, Any]

FORM: Final = "mongodb://user:password@host:port/database"
DEFAULT_DATABASE: Final = "watchllm"
# What the URL does not say itself. A request waits no longer than this for a server that is away: a person is waiting.
_TIMEOUTS_MS: Final = {"serverSelectionTimeoutMS": 5_000, "connectTimeoutMS": 5_000, "socketTimeoutMS": 10_000}
# A replica set has elected another primary within some 12 s; whoever is told to come back should not come too often.
_RETRY_AFTER_S: Final = 5


class _PlainNumber(TypeDecoder):
    """Reads large whole numbers as Python's own, which can be written as JSON."""

    @property
    def bson_type(self) -> type[Int64]:
        return Int64

    def transform_bson(self, value: Any) -> int:
        return int(value)


_CODEC: Final[CodecOptions[Document]] = CodecOptions(type_registry=TypeRegistry([_PlainNumber()]))


class MongoServer:
    """One database of a server. Values of ours and of users are only ever values: no call takes a name from them.

    What is written is in the journals of the majority when a call returns, and what is read was.
    Every call may be made twice: one whose outcome was lost with its connection is made again, once.
    Raises Unavailable when the server does not answer.
    """

    def __init__(self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document]) -> None:
        self._client = client
        self._database = database

    @classmethod
    async def connect(cls, url: str) -> Self:
        """Connect, and look whether the server answers. Raises SettingsError that says what to change."""
        try:
            client: AsyncMongoClient[Document] = AsyncMongoClient(url, **_options(url))
        except (PyMongoError, ValueError):
            # What the driver says of a URL can hold a part of it, and so of a password.
            raise SettingsError(
                f"WATCHLLM_METADATA is not a URL of MongoDB; write {FORM}, with %40 for @ and %3A for : in a password"
            ) from None
        try:
            database = client.get_default_database(
                DEFAULT_DATABASE,
                codec_options=_CODEC,
                read_concern=ReadConcern("majority"),
                write_concern=WriteConcern("majority", j=True),
            )
            await database.command("ping")
        except ConnectionFailure:
            await client.close()
            raise SettingsError(
                f"no MongoDB answers at {_address(url)}: start it, or correct the host in WATCHLLM_METADATA"
            ) from None
        except OperationFailure as error:
            await client.close()
            raise refused(url, error) from None
        except PyMongoError as error:
            await client.close()
            raise SettingsError(
                f"no MongoDB can be found at {_address(url)} ({_kind(error)}): correct host and options"
                " in WATCHLLM_METADATA"
            ) from None
        return cls(client, database)

    async def close(self) -> None:
        await self._client.close()

    async def get(self, collection: str, document_id: str) -> Document | None:
        return await self._call(lambda: self._database[collection].find_one({"_id": document_id}))

    async def find(
        self, collection: str, where: Document, *, order: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document]:
        """Return the documents that match, in this order; 0 is no limit."""

        async def find() -> list[Document]:
            cursor = self._database[collection].find(where).limit(limit)
            return await (cursor.sort(list(order)) if order else cursor).to_list()

        return await self._call(find)

    async def count(self, collection: str, where: Document) -> int:
        return await self._call(lambda: self._database[collection].count_documents(where))

    async def insert(self, collection: str, document: Document) -> bool:
        """Add a document; tells whether its id, and whatever else must be unique, was free. It may have been ours."""

        async def insert() -> bool:
            try:
                await self._database[collection].insert_one(document)
            except DuplicateKeyError:
                return False
            return True

        return await self._call(insert)

    async def replace(self, collection: str, where: Document, document: Document) -> bool:
        """Put a document in the place of the one that matches; tells whether there was one."""

        async def replace() -> bool:
            return (await self._database[collection].replace_one(where, document)).matched_count > 0

        return await self._call(replace)

    async def update(self, collection: str, where: Document, update: Mapping[str, Document]) -> None:
        """Change fields of the document that matches."""
        await self._call(lambda: self._database[collection].update_one(where, update))

    async def delete(self, collection: str, where: Document) -> None:
        """Delete all documents that match."""
        await self._call(lambda: self._database[collection].delete_many(where))

    async def index(self, collection: str, *fields: str, unique: bool = False) -> None:
        """Make an index unless it is there."""
        await self._call(lambda: self._database[collection].create_index([(name, 1) for name in fields], unique=unique))

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            try:
                return await call()
            except ServerSelectionTimeoutError:
                raise
            except AutoReconnect:
                # The connection was lost, or another server is the primary now.
                return await call()
        except (ConnectionFailure, WriteConcernError, ExecutionTimeout) as error:
            raise Unavailable(
                "the metadata store cannot be reached", code="metadata_unavailable", retry_after_s=_RETRY_AFTER_S
            ) from error


def refused(url: str, error: OperationFailure) -> SettingsError:
    """Return what to say of a server that does not let us in, or not do what we must."""
    return SettingsError(
        f"the MongoDB at {_address(url)} refuses ({_kind(error)}): correct user, password or database in"
        " WATCHLLM_METADATA; the user needs readWrite"
    )


def _options(url: str) -> Document:
    """Return the timeouts that the URL does not set: what the driver is given beside a URL comes before it."""
    said = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    return {name: value for name, value in _TIMEOUTS_MS.items() if name.lower() not in said}


def _address(url: str) -> str:
    """Return the hosts of a URL alone, also when what stands before them is not escaped as it must be."""
    return url.partition("://")[2].rpartition("@")[2].partition("/")[0].partition("?")[0]


def _kind(error: PyMongoError) -> str:
    name = error.details.get("codeName") if isinstance(error, OperationFailure) and error.details else None
    return str(name or type(error).__name__)
