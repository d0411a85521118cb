"""Real agents, run by real frameworks against the loopback model, seen through the read API."""
