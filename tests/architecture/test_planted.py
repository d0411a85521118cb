"""Each rule names a violation that is planted in a small copy of the source, by file, line and number."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.architecture.rules import EXCEPTIONS, RULES, root, violations
from tests.architecture.source import Module, read_module, read_modules

# What is copied before something is planted: one module of each part, so that the rules see a real tree.
COPIED = (
    "src/watchllm_server/model/access.py",
    "src/watchllm_server/model/ids.py",
    "src/watchllm_server/dialects/contract.py",
    "src/watchllm_server/ingest/deps.py",
    "src/watchllm_server/processor/plan.py",
    "src/watchllm_server/stores/events/contract/__init__.py",
    "src/watchllm_server/stores/queue/contract/__init__.py",
    "src/watchllm_server/security/tokens.py",
    "src/watchllm_server/ui_backend/routes/events.py",
    "src/watchllm_server/ui_backend/routes/auth.py",
    "src/watchllm_server/ui_backend/routes/health.py",
    "src/watchllm_server/clock.py",
    "sdk/python/src/watchllm/_clock.py",
)

SERVER = "src/watchllm_server"
GUARDED = """
from fastapi import APIRouter, Depends
from watchllm_server.ui_backend.guard import ProjectAccess, SignedIn, allow
router = APIRouter(prefix="/api/v1")
"""

# id → (file, its text, what the violation must say after `file:line rule `)
PLANTED: dict[str, tuple[str, str, str]] = {
    "1 model imports a store": (
        f"{SERVER}/model/planted.py", "from watchllm_server.stores.queue.contract import Queue", ":1 rule 1: model"),
    "1 model imports a framework": (f"{SERVER}/model/planted.py", "import fastapi", ":1 rule 1: model"),
    "1 model reads a file": (f"{SERVER}/model/planted.py", "x = open('/etc/hosts')", ":1 rule 1: model"),
    "1 dialect does I/O": (f"{SERVER}/dialects/planted.py", "from pathlib import Path", ":1 rule 1: dialects"),
    "1 dialect imports the clock": (
        f"{SERVER}/dialects/planted.py", "from watchllm_server import clock", ":1 rule 1: dialects"),
    "1 model imports relatively": (f"{SERVER}/model/planted.py", "from ..settings import Settings", ":1 rule 1: model"),
    "2 backend imports another of its store": (
        f"{SERVER}/stores/queue/redis.py", "from watchllm_server.stores.queue.sqlite import SqliteQueue",
        ":1 rule 2: stores.queue.redis"),
    "2 backend imports another store": (
        f"{SERVER}/stores/queue/sqlite.py", "from watchllm_server.stores.metadata.contract import MetadataStore",
        ":1 rule 2: stores.queue.sqlite"),
    "2 backend imports another's driver": (
        f"{SERVER}/stores/queue/redis.py", "import sqlite3", ":1 rule 2: stores.queue.redis imports the driver"),
    "2 service imports a driver": (
        f"{SERVER}/processor/planted.py", "import chdb.session", ":1 rule 2: processor.planted imports the driver"),
    "2 store imports the settings": (
        f"{SERVER}/stores/queue/sqlite.py", "from watchllm_server.settings import Settings", ":1 rule 2: stores.queue"),
    "3 service imports a service": (
        f"{SERVER}/ingest/planted.py", "def f():\n    from watchllm_server.processor.plan import Plan",
        ":2 rule 3: ingest.planted"),
    "3 security imports a service": (
        f"{SERVER}/security/planted.py", "import watchllm_server.ui_backend.guard", ":1 rule 3: security.planted"),
    "4 service names a backend": (
        f"{SERVER}/processor/planted.py", "from watchllm_server.stores.events.writer import ClickHouseWriter",
        ":1 rule 4: processor.planted"),
    "4 service names a backend by its folder": (
        f"{SERVER}/ingest/planted.py", "from watchllm_server.stores.queue import sqlite", ":1 rule 4: ingest.planted"),
    "4 service names a backend by import_module": (
        f"{SERVER}/ingest/planted.py",
        "from importlib import import_module\nx = import_module('watchllm_server.stores.queue.sqlite')",
        ":2 rule 4: ingest.planted"),
    "4 role names a backend": (
        f"{SERVER}/roles/planted.py", "from watchllm_server.stores.events.client import Client", ":1 rule 4: roles"),
    "4 service imports the wiring": (
        f"{SERVER}/ui_backend/planted.py", "from watchllm_server.wiring.stores import open_queue", ":1 rule 4: ui_"),
    "5 environment by os.environ": (
        f"{SERVER}/ingest/planted.py", "import os\nx = os.environ['HOME']", ":2 rule 5: ingest.planted reads the env"),
    "5 environment by another name": (
        f"{SERVER}/ingest/planted.py", "from os import getenv as g\nx = g('HOME')", ":1 rule 5: ingest.planted reads"),
    "5 environment by an option": (
        f"{SERVER}/serve.py", "import typer\nx = typer.Option(envvar='PORT')", ":2 rule 5: serve reads the env"),
    "5 time by time.time": (
        f"{SERVER}/processor/planted.py", "import time\nx = time.time()", ":2 rule 5: processor.planted takes"),
    "5 time by datetime.now": (
        f"{SERVER}/model/planted.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)", ":2 rule 5: model"),
    "5 time by datetime.datetime.now": (
        f"{SERVER}/ingest/planted.py", "import datetime as d\nx = d.datetime.now(d.UTC)", ":2 rule 5: ingest"),
    "5 time by the event loop": (
        f"{SERVER}/ingest/planted.py", "import asyncio\nx = asyncio.get_running_loop().time()", ":2 rule 5: ingest"),
    "5 time by SQL": (
        f"{SERVER}/stores/queue/sqlite_planted.py", "x = 'UPDATE entries SET at = unixepoch()'", ":1 rule 5: stores"),
    "5 id by uuid": (
        f"{SERVER}/ingest/planted.py", "import uuid\nx = uuid.uuid4().hex", ":2 rule 5: ingest.planted makes ids"),
    "5 id by secrets": (
        f"{SERVER}/ui_backend/planted.py", "from secrets import token_hex", ":1 rule 5: ui_backend.planted makes ids"),
    "5 id by random bits": (
        f"{SERVER}/ingest/planted.py", "import random\nx = random.getrandbits(64)", ":2 rule 5: ingest.planted"),
    "5 id by SQL": (
        f"{SERVER}/stores/events/planted.py", "x = 'SELECT generateUUIDv4()'", ":1 rule 5: stores.events.planted"),
    "6 SQL in a service": (
        f"{SERVER}/processor/planted.py", "def f(t):\n    return f'SELECT a FROM {t}'", ":2 rule 6: processor.planted"),
    "6 SQL that changes": (
        f"{SERVER}/ui_backend/planted.py", "x = 'UPDATE users SET name = 1'", ":1 rule 6: ui_backend.planted has SQL"),
    "6 SQL by PRAGMA": (f"{SERVER}/doctor.py", "x = 'PRAGMA wal_checkpoint'", ":1 rule 6: doctor has SQL"),
    "6 outbound client": (
        f"{SERVER}/processor/planted.py", "import httpx2", ":1 rule 6: processor.planted uses the network client"),
    "6 outbound by the standard library": (
        f"{SERVER}/ui_backend/planted.py", "from urllib import request\nx = request.urlopen('http://a')",
        ":2 rule 6: ui_backend.planted uses the network client"),
    "6 outbound by a raw connection": (
        f"{SERVER}/processor/planted.py", "import asyncio\nx = asyncio.open_connection('a', 80)",
        ":2 rule 6: processor.planted uses the network client"),
    "6 hashing": (
        f"{SERVER}/ingest/planted.py", "import hashlib\nx = hashlib.sha256(b'')", ":2 rule 6: ingest.planted hashes"),
    "6 signing": (
        f"{SERVER}/ui_backend/planted.py", "from hmac import new", ":1 rule 6: ui_backend.planted hashes or signs"),
    "6 comparing": (
        f"{SERVER}/ui_backend/planted.py", "def f(user, given):\n    return user.password_hash == given",
        ":2 rule 6: ui_backend.planted compares password_hash"),
    "6 comparing in constant time elsewhere": (
        f"{SERVER}/ingest/planted.py", "import secrets\nx = secrets.compare_digest('a', 'b')",
        ":2 rule 6: ingest.planted hashes or signs"),
    "7 route without a guard": (
        f"{SERVER}/ui_backend/routes/planted.py",
        GUARDED + "@router.get('/things')\nasync def things(request): ...", ":6 rule 7: ui_backend.routes.planted"),
    "7 route with a dependency that is no guard": (
        f"{SERVER}/ui_backend/routes/planted.py",
        GUARDED + "@router.get('/things')\nasync def things(access=Depends(refuse_repeated)): ...", ":6 rule 7: ui"),
    "7 route that takes a project itself": (
        f"{SERVER}/ui_backend/routes/planted.py",
        GUARDED + "@router.get('/a')\nasync def a(project_id: str, access=Depends(allow('traces:read'))): ...",
        ":6 rule 7: ui_backend.routes.planted.a takes project_id"),
    "7 route that asks for members itself": (
        f"{SERVER}/ui_backend/routes/planted.py", "x = metadata.find_member('p', 'u')", ":1 rule 7: ui_backend.routes"),
    "7 read of another project": (
        f"{SERVER}/ui_backend/planted.py", "x = part.reader.get_trace(trace_id, access.project_id)", ":1 rule 7: ui"),
    "7 store method without a project": (
        f"{SERVER}/stores/events/contract/__init__.py",
        "class EventReader:\n    async def count_events(self, query, project_id): ...",
        ":2 rule 7: EventReader.count_events"),
    "8 SDK imports the server": (
        "sdk/python/src/watchllm/_planted.py", "from watchllm_server.model.event import Event", ":1 rule 8: watchllm"),
    "8 SDK imports the server by name": (
        "sdk/python/src/watchllm/_planted.py", "x = __import__('watchllm_server')", ":1 rule 8: watchllm._planted"),
}  # fmt: skip

ALLOWED: dict[str, tuple[str, str]] = {
    "a docstring may speak of SQL": (f"{SERVER}/ingest/planted.py", '"""SELECT a FROM b is what this never does."""'),
    "settings read the environment": (f"{SERVER}/settings.py", "import os\nx = os.environ"),
    "the clock reads the time": (f"{SERVER}/clock.py", "import time\nx = time.time()"),
    "security compares": (f"{SERVER}/security/planted.py", "import hmac\nx = hmac.compare_digest('a', 'b')"),
    "the wiring names backends": (
        f"{SERVER}/wiring/planted.py", "from watchllm_server.stores.queue.sqlite import SqliteQueue"),
    "a backend imports its own files": (
        f"{SERVER}/stores/queue/sqlite.py", "import sqlite3\nfrom watchllm_server.stores.queue import sqlite_ledger"),
    "a route for oneself": (
        f"{SERVER}/ui_backend/routes/planted.py",
        GUARDED + "@router.get('/me')\nasync def me(user: SignedIn): ..."),
    "a guarded route": (
        f"{SERVER}/ui_backend/routes/planted.py",
        GUARDED + "Reader = Annotated[ProjectAccess, Depends(allow('traces:read'))]\n"
        "@router.get('/a')\nasync def a(access: Reader):\n    return part.reader.get_trace(access.project_id, 't')"),
    "an empty secret is asked for": (f"{SERVER}/bootstrap.py", "def f(user):\n    return user.password_hash == ''"),
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in COPIED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root() / name, tmp_path / name)
    return tmp_path


def found_in(tree: Path) -> list[str]:
    packages = (tree / "src" / "watchllm_server", tree / "sdk" / "python" / "src" / "watchllm")
    modules: list[Module] = [module for package in packages for module in read_modules(tree, package)]
    assert len(modules) >= len(COPIED)
    return violations(modules)[0]


def plant(tree: Path, file: str, text: str) -> None:
    (tree / file).parent.mkdir(parents=True, exist_ok=True)
    (tree / file).write_text(text + "\n")


def test_the_copy_breaks_no_rule(tree: Path) -> None:
    assert found_in(tree) == []


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_violation_is_named(case: str, tree: Path) -> None:
    file, text, said = PLANTED[case]
    plant(tree, file, text)
    found = found_in(tree)
    assert any(violation.startswith(f"{file}{said}") for violation in found), found


@pytest.mark.parametrize("case", ALLOWED)
def test_what_a_rule_allows_is_not_named(case: str, tree: Path) -> None:
    file, text = ALLOWED[case]
    plant(tree, file, text)
    assert found_in(tree) == []


def test_every_rule_has_a_planted_violation() -> None:
    """A rule function that nothing planted sets off could have stopped seeing anything."""
    modules = [read_module(_name(file), file, text) for file, text, _ in PLANTED.values()]
    silent = [name for name, rule in RULES.items() if not any(list(rule(module)) for module in modules)]
    assert silent == []
    assert {said.split("rule ")[1][0] for _, _, said in PLANTED.values()} == set("12345678")


def test_an_exception_covers_its_own_module_and_rule_alone(tree: Path) -> None:
    assert "doctor" in EXCEPTIONS["2 backends"]
    plant(tree, f"{SERVER}/doctor.py", "import sqlite3\nx = 'SELECT a FROM b'")
    plant(tree, f"{SERVER}/doctors.py", "import sqlite3")
    assert [line.split(":")[0] for line in found_in(tree)] == [f"{SERVER}/doctor.py", f"{SERVER}/doctors.py"]


def _name(file: str) -> str:
    return file.partition("src/")[2].removesuffix(".py").replace("/", ".")
