"""The real clients of the field, each run in an environment of its own against the loopback model and a real server."""
