"""The long runs, which `make soak` starts."""
