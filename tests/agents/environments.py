"""The agents' own environments below `.venv-agents/`: the packages of each framework, from locked requirements.

`python -m tests.agents.environments` makes them all; `--lock` resolves the `.in` files again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal, get_args

from tests.own_environments import ROOT, OwnEnvironment

Environment = Literal["openai-agents", "langgraph"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)

HERE = Path(__file__).parent
CACHE = ROOT / ".venv-agents"


def environment_of(name: Environment) -> OwnEnvironment:
    """Return an environment, made or not."""
    return OwnEnvironment(name, HERE / f"requirements-{name}.txt", CACHE)


def make(name: Environment) -> Path:
    """Make an environment unless it is there, and return its interpreter. Raises EnvironmentFailed or NoNetwork."""
    return environment_of(name).make()


def main() -> None:
    """Make every environment, or lock their requirements."""
    parser = argparse.ArgumentParser(prog="python -m tests.agents.environments", description=main.__doc__)
    parser.add_argument("--lock", action="store_true", help="resolve the requirements again first")
    options = parser.parse_args()
    for name in ENVIRONMENTS:
        if options.lock:
            environment_of(name).lock()
        print(f"{name}: {make(name)}")


if __name__ == "__main__":
    main()
