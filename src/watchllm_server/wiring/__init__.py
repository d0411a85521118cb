"""Puts the parts together, one module for each process: the only place that names a backend."""
