"""A model provider on loopback: deterministic answers and token counts, so that real clients can be tested offline.

It never leaves this machine and never needs a key; what it billed is kept, to compare with what was recorded.
"""

from tests.loopback_llm.script import Call
from tests.loopback_llm.server import LoopbackLLM

__all__ = ["Call", "LoopbackLLM"]
