"""Faults as whole scenes: each injects one, asserts that it happened and that the promise held, and returns figures.

`tests/faults` plays them with small counts for every change; `tests/soak` plays them at full count.
"""
