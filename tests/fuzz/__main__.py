"""`python -m tests.fuzz TARGET --seconds N`: searches one target, or all of them one after another."""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.fuzzing import can_search, search
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Return 1 when an input failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", action="store_true", help="add inputs that reach new code to tests/fuzz/corpus")
    given = parser.parse_args()
    if not can_search():
        print("atheris has no wheel for this machine", file=sys.stderr)
        return 2
    names = list(TARGETS) if given.target == "all" else [given.target]
    failures = 0
    for name in names:
        found = search(name, given.seconds, keep=given.keep)
        print(f"{name}: {found.runs:,} inputs, {'FAILED' if found.failed is not None else 'none failed'}", flush=True)
        if found.failed is not None:
            print(found.explanation(), flush=True)
            failures += 1
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
