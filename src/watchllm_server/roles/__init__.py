"""The roles that answer no requests, and the small commands: one module each, so that each loads only its own."""
