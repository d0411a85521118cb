"""Run the loopback model by itself: `python -m tests.loopback_llm --port 9100`."""

from __future__ import annotations

import argparse

from tests.loopback_llm.server import LoopbackLLM


def main() -> None:
    """Serve until interrupted; `GET /calls` lists what was billed."""
    parser = argparse.ArgumentParser(prog="python -m tests.loopback_llm", description=main.__doc__)
    parser.add_argument("--port", type=int, default=9100)
    llm = LoopbackLLM(parser.parse_args().port)
    print(f"OpenAI base URL {llm.openai_url}, Anthropic base URL {llm.anthropic_url}")
    llm.run()


if __name__ == "__main__":
    main()
