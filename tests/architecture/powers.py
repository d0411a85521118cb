"""Rule 6: SQL, requests to the outside, and work with secrets each have one home."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Module, is_below, knowledge, texts

_SQL = re.compile(
    r"\bSELECT\s.+\bFROM\s+[\w`(?]|^\s*SELECT\s+\w+\(|\bINSERT\s+(OR\s+\w+\s+)?INTO\s+[\w`?]|\bUPDATE\s+[\w?]+\s+SET\s"
    r"|\bDELETE\s+FROM\s+[\w`?]|\b(CREATE|ALTER|DROP|TRUNCATE|OPTIMIZE)\s+(TABLE|INDEX|VIEW|DATABASE)\s|^\s*PRAGMA\s",
    re.DOTALL,  # upper case alone, as every statement here is written: prose about inserting is not SQL
)
_CLIENTS = (
    "aiohttp", "asyncio.open_connection", "ftplib", "http.client", "httpx", "httpx2", "pycurl", "requests", "smtplib",
    "socket", "urllib.request", "urllib3", "websockets",
)  # fmt: skip
_CRYPTO = ("argon2", "bcrypt", "cryptography", "hashlib", "hmac", "itsdangerous", "jwt", "passlib", "nacl")
# Names of what must be compared in constant time.
_SECRET = re.compile(r"(^|_)(password|secret|token|signature|pepper|api_key|hash|digest|hmac|mac)$")


def sql(module: Module) -> Iterator[str]:
    """Rule 6: SQL lives only under `stores`."""
    if module.is_in("stores"):
        return
    for line, text in texts(module):
        if _SQL.search(text):
            yield module.violation(6, line, f"{module.inner} has SQL: {' '.join(text.split())[:60]}")


def outbound(module: Module) -> Iterator[str]:
    """Rule 6: requests to the outside go through `security/outbound` alone."""
    if module.is_in("security.outbound"):
        return
    for line, name in knowledge(module):
        if is_below(name, *_CLIENTS):
            yield module.violation(6, line, f"{module.inner} uses the network client {name}")


def secrets(module: Module) -> Iterator[str]:
    """Rule 6: hashing, signing and comparing secrets happen only in `security`."""
    if module.is_in("security"):
        return
    for line, name in knowledge(module):
        if is_below(name, *_CRYPTO) or name.endswith("compare_digest"):
            yield module.violation(6, line, f"{module.inner} hashes or signs by {name}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            secret = next((name for name in map(_last_name, sides) if _SECRET.search(name)), None)
            if secret is not None and not any(_is_empty(side) for side in sides):
                yield module.violation(6, node.lineno, f"{module.inner} compares {secret}")


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        # `secret.encode()` and `x.token.get_secret_value()` are still the secret; `keyed_hash(…)` makes one.
        return _last_name(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
    return ""


def _is_empty(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and not node.value
