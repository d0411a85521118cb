"""Real servers of the stores beyond one machine, started by tests on loopback."""
