"""All rules of "Who may know whom", and the few modules that may break one, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from tests.architecture import boundaries, guarding, powers, surroundings
from tests.architecture.source import SERVER, Module, is_below
from watchllm_server.ui_backend.guard import ANONYMOUS

Rule = Callable[[Module], Iterator[str]]

RULES: Final[dict[str, Rule]] = {
    "1 plain data": boundaries.plain_data,
    "2 backends": boundaries.backends,
    "3 services": boundaries.services,
    "4 contracts": boundaries.contracts,
    "5 environment": surroundings.environment,
    "5 clock": surroundings.clock,
    "5 ids": surroundings.ids,
    "6 sql": powers.sql,
    "6 outbound": powers.outbound,
    "6 secrets": powers.secrets,
    "7 routes": partial(guarding.routes, anonymous=ANONYMOUS),
    "7 ways round": guarding.ways_round,
    "7 project first": guarding.project_first,
    "8 sdks": boundaries.sdks,
}

# rule → module → why it may. An exception that is needed no more fails the test.
EXCEPTIONS: Final[dict[str, dict[str, str]]] = {
    "2 backends": {
        "doctor": "asks the library for its version, and opens no database",
    },
    "5 environment": {
        "cli": "`demo` is a client of any server: WATCHLLM_API_KEY is what the SDK reads, not a setting of this server",
    },
    "5 clock": {
        "stores.events.schema": "when the engine stored a row is a fact of the engine; nothing is computed from it",
    },
    "5 ids": {
        "demo": "the same seed must send the same ids again, so that a second run adds nothing",
        "stores.queue.sqlite_schema": "the queue's id must come with its file, in the statement that makes it",
    },
    "6 outbound": {
        "listening": "takes the socket on which requests come in, and connects to nothing",
        "stores.events.client": "names the errors of the event store's driver; its address is the operator's",
        "demo.sending": "sends to the server that the operator names on the command line, and reads no answer's URL",
    },
    "6 secrets": {
        "dialects.otlp.log_record": "names a log record by its content, since OTLP gives it no id; no secret",
        "dialects.truncation": "a checksum of a text that was cut, so that two cut texts can be told apart; no secret",
    },
}


def violations(modules: Iterable[Module]) -> tuple[list[str], set[tuple[str, str]]]:
    """Return what breaks a rule, and the exceptions that were needed, as (rule, module)."""
    found: list[str] = []
    needed: set[tuple[str, str]] = set()
    for module in modules:
        for name, rule in _rules_for(module):
            excepted = next((known for known in EXCEPTIONS.get(name, {}) if module.is_in(known)), None)
            for violation in rule(module):
                if excepted is None:
                    found.append(violation)
                else:
                    needed.add((name, excepted))
    return sorted(found), needed


def _rules_for(module: Module) -> list[tuple[str, Rule]]:
    """Return the rules of the server or of the SDK: the SDK has its own clock, and is a client by nature."""
    of_sdk = not is_below(module.name, SERVER)
    return [(name, rule) for name, rule in RULES.items() if name.startswith("8") == of_sdk]


def root() -> Path:
    """Return the folder of the repository."""
    return Path(__file__).resolve().parents[2]
