"""The WatchLLM server: one package, four roles, one command."""

__version__ = "0.1.0"
