"""Servers of other makers that tests run beside ours, each built once and started on a free port."""
