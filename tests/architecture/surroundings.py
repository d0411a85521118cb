"""Rule 5: the environment, time and new ids each come from one place, so that a test can give others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Module, is_below, knowledge, names_used, texts

_ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv", "dotenv")
_NOW = re.compile(r"(^|\.)(datetime|date)\.(now|utcnow|today)$")
# A chain that begins at a call: `asyncio.get_running_loop().time()`.
_LOOP_TIME = re.compile(r"(^|\.)(\?|loop|_loop)\.time$")
# What SQLite and ClickHouse call the time and a new id.
_SQL_TIME = re.compile(r"\b(now64|now|today|unixepoch|julianday)\s*\(|CURRENT_TIMESTAMP|\(\s*'now'", re.IGNORECASE)
_SQL_IDS = re.compile(r"\b(generateUUIDv\d|generateSnowflakeID|randomblob|rand64|rand)\s*\(", re.IGNORECASE)


def environment(module: Module) -> Iterator[str]:
    """Rule 5: the environment is read only in `settings`."""
    if module.is_in("settings"):
        return
    for line, name in knowledge(module):
        if is_below(name, *_ENVIRONMENT):
            yield module.violation(5, line, f"{module.inner} reads the environment: {name}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.keyword) and node.arg == "envvar":
            yield module.violation(5, node.value.lineno, f"{module.inner} reads the environment: envvar=")


def clock(module: Module) -> Iterator[str]:
    """Rule 5: time comes only from `clock`."""
    if module.is_in("clock"):
        return
    for line, name in knowledge(module):
        if is_below(name, "time") or _NOW.search(name):
            yield module.violation(5, line, f"{module.inner} takes the time from {name}")
    for line, name in names_used(module):
        if _LOOP_TIME.search(name):
            yield module.violation(5, line, f"{module.inner} takes the time from {name}")
    yield from _in_sql(module, _SQL_TIME, "takes the time from the store")


def ids(module: Module) -> Iterator[str]:
    """Rule 5: new ids come only from `model/ids`; secrets are made in `security`."""
    if module.is_in("model.ids", "security"):
        return
    for line, name in knowledge(module):
        if is_below(name, "uuid", "secrets", "os.urandom"):
            yield module.violation(5, line, f"{module.inner} makes ids by {name}")
    for line, name in names_used(module):
        if name.endswith((".getrandbits", ".randbytes", ".SystemRandom")):
            yield module.violation(5, line, f"{module.inner} makes ids by {name}")
    yield from _in_sql(module, _SQL_IDS, "makes ids in the store")


def _in_sql(module: Module, pattern: re.Pattern[str], text: str) -> Iterator[str]:
    if module.is_in("stores"):
        for line, statement in texts(module):
            if found := pattern.search(statement):
                yield module.violation(5, line, f"{module.inner} {text}: {found.group()}")
