"""The demo workload: agents as people run them, sent through the public API like any application's events.

It never touches a store, and the same seed tells the same stories.
"""

from watchllm_server.demo.sending import DemoFailed
from watchllm_server.demo.workload import run_demo

__all__ = ["DemoFailed", "run_demo"]
