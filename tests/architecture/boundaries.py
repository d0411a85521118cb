"""Rules 1 to 4 and 8: which part may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import SERVER, Module, dotted, imports, imports_of_ours, is_below, texts

SERVICES = ("ingest", "processor", "ui_backend", "billing")
# Beside these, plain data and its readers may use what of the standard library touches nothing outside.
PLAIN_PACKAGES = ("msgspec", "orjson", "google.protobuf", "opentelemetry.proto")
PLAIN_LIBRARY = (
    "__future__", "base64", "binascii", "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum",
    "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re", "secrets", "string",
    "types", "typing", "unicodedata", "uuid",
)  # fmt: skip
# What a store may use of ours besides its own folder; it knows no service, no setting and no other store.
BELOW_STORES = ("clock", "errors", "failpoints", "model", "security", "telemetry")
# The driver and the backend that it belongs to, as `<store>.<backend>`; the event store has one dialect.
DRIVERS = {
    "sqlite3": ("queue.sqlite", "metadata.sqlite"), "redis": ("queue.redis", "counters.redis"),
    "pymongo": ("metadata.mongo",), "bson": ("metadata.mongo",), "boto3": ("archive.s3",),
    "botocore": ("archive.s3",), "chdb": ("events",), "clickhouse_connect": ("events",),
}  # fmt: skip


def plain_data(module: Module) -> Iterator[str]:
    """Rule 1: `model` imports nothing of ours but `errors`, `dialects` also `model`; neither does any I/O."""
    if not module.is_in("model", "dialects"):
        return
    allowed = ("model", "errors") if module.is_in("model") else ("dialects", "model", "errors")
    for line, name in imports(module):
        if is_below(name, SERVER):
            if not is_below(name, *(f"{SERVER}.{part}" for part in allowed)):
                yield module.violation(1, line, f"{module.inner} imports {name}")
        elif not is_below(name, *PLAIN_PACKAGES, *PLAIN_LIBRARY):
            yield module.violation(
                1, line, f"{module.inner} imports {name}: plain data does no I/O, knows no framework"
            )
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in ("open", "print", "input", "exec", "eval"):
            yield module.violation(1, node.lineno, f"{module.inner} calls {dotted(node.func)}")


def backends(module: Module) -> Iterator[str]:
    """Rule 2: a backend imports its own contract and its driver, and no other backend."""
    for line, name in imports(module):
        owners = DRIVERS.get(name.partition(".")[0])
        if owners and not is_below(_backend_of(module.inner.removeprefix("stores.")), *owners):
            yield module.violation(2, line, f"{module.inner} imports the driver {name}")
    if not module.inner.startswith("stores."):
        return
    own = _backend_of(module.inner.removeprefix("stores."))
    for line, name in imports_of_ours(module):
        if name.startswith("stores.") and _backend_of(name.removeprefix("stores.")) not in (own, _contract_of(own)):
            yield module.violation(2, line, f"{module.inner} imports {name}, which is of another backend")
        elif not is_below(name, "stores", *BELOW_STORES):
            yield module.violation(2, line, f"{module.inner} imports {name}: a store knows only what lies below it")


def _backend_of(name: str) -> str:
    """Return `queue.sqlite` for `queue.sqlite_schema.X`, `queue.contract` for its contract."""
    store, _, rest = name.partition(".")
    backend = rest.partition(".")[0].partition("_")[0]
    if store == "events":
        return "events"
    return f"{store}.{backend}" if backend else store


def _contract_of(backend: str) -> str:
    return "events" if backend == "events" else f"{backend.partition('.')[0]}.contract"


def services(module: Module) -> Iterator[str]:
    """Rule 3: the services never import each other, and nothing below them imports one."""
    own = module.inner.partition(".")[0]
    may_know_services = ("wiring", "roles", "serve", "cli", "doctor", "bootstrap")
    for line, name in imports_of_ours(module):
        other = name.partition(".")[0]
        if other in SERVICES and other != own and own not in may_know_services:
            yield module.violation(3, line, f"{module.inner} imports {name}")


def contracts(module: Module) -> Iterator[str]:
    """Rule 4: outside the stores, only `wiring` names a backend; a service does not go round it by the wiring."""
    if module.is_in("stores", "wiring"):
        return
    for line, name in imports_of_ours(module):
        if is_below(name, "stores"):
            parts = name.split(".")
            if len(parts) < 3 or parts[2] != "contract":
                yield module.violation(4, line, f"{module.inner} imports {name}; only wiring names a backend")
        elif is_below(name, "wiring") and module.is_in(*SERVICES, "model", "dialects", "security"):
            yield module.violation(4, line, f"{module.inner} imports {name}; the wiring knows it, not the reverse")


def sdks(module: Module) -> Iterator[str]:
    """Rule 8: the SDK imports nothing of the server."""
    if is_below(module.name, SERVER):
        return
    for line, name in imports(module):
        if is_below(name, SERVER):
            yield module.violation(8, line, f"{module.name} imports {name}")
    for line, text in texts(module):
        # A computed import needs the name too.
        if is_below(text, SERVER):
            yield module.violation(8, line, f"{module.name} names {text}")
