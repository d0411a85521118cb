"""The source keeps the eight rules of "Who may know whom" (docs/architecture.md)."""

from __future__ import annotations

import pytest

from tests.architecture.rules import EXCEPTIONS, RULES, root, violations
from tests.architecture.source import Module, read_modules

# Fewer would mean that the rules were held against an empty folder.
FEWEST_MODULES = 100


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    packages = (root() / "src" / "watchllm_server", root() / "sdk" / "python" / "src" / "watchllm")
    return [module for package in packages for module in read_modules(root(), package)]


def test_no_module_knows_what_it_must_not(modules: list[Module]) -> None:
    found, _ = violations(modules)
    assert len(modules) >= FEWEST_MODULES
    assert not found, "\n" + "\n".join(found)


def test_every_exception_is_needed(modules: list[Module]) -> None:
    _, needed = violations(modules)
    assert {(rule, name) for rule, names in EXCEPTIONS.items() for name in names} == needed
    assert set(EXCEPTIONS) <= set(RULES)
