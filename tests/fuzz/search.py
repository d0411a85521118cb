"""The process that searches one target with coverage of the product's code; libFuzzer ends it, never this module.

It leaves new inputs in the first folder, and an input that fails in the folder of findings.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import atheris

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

# libFuzzer's own bounds stand behind ours: for an input that never ends, or one that takes all memory at once.
HANG_S: Final = 20
RSS_LIMIT_MB: Final = 2_048


def main(name: str, corpus: Path, findings: Path, seconds: int) -> None:
    """Search until the time is over; exits with 0, or not when an input failed."""
    with atheris.instrument_imports(include=["watchllm_server"]):
        from tests.fuzz import planted
        from tests.fuzz.bounds import Bounds
        from tests.fuzz.targets import TARGETS

    target = {**TARGETS, "planted": planted.TARGET}[name]
    bounds = Bounds(target.run, [path.read_bytes() for path in sorted(corpus.iterdir())])
    options: dict[str, object] = {
        "max_total_time": seconds, "max_len": target.max_bytes, "timeout": HANG_S, "rss_limit_mb": RSS_LIMIT_MB,
        "artifact_prefix": f"{findings}/", "print_final_stats": 1, "verbosity": 0,
    }  # fmt: skip
    if target.words:
        options["dict"] = findings.with_name("words")
        findings.with_name("words").write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    arguments = [sys.argv[0], str(corpus), *(f"-{key}={value}" for key, value in options.items())]
    atheris.Setup(arguments, bounds.check, custom_mutator=_mutator(target))
    atheris.Fuzz()


def _mutator(target: Target) -> atheris.Mutator:
    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return target.mutator(data, most, random.Random(seed), target.words, atheris.Mutate)

    return mutate


def _escaped(word: str) -> str:
    return "".join(char if char.isalnum() or char in "._- " else f"\\x{ord(char):02x}" for char in word)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
