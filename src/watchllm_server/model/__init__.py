"""Plain data and pure rules of the product; no I/O, no framework, no SQL."""
