# Needs make and Python 3.11 or newer; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run setup test check bench soak compat demo lock

run: setup ## set up, then start everything on embedded stores
	@$(BIN)/watchllm serve

setup: ## make .venv with the command, and build the web app and the JavaScript SDK
	@$(PYTHON) scripts/setup.py

test: setup ## everything that must hold: check, and the tests of Python, the web app and the JavaScript SDK
	@$(BIN)/python scripts/test.py

check: setup ## format, lint, types, architecture, generated files
	@$(BIN)/python scripts/check.py

bench: setup ## one JSON line per figure
	@$(BIN)/python -m bench $(BENCH)

soak: setup ## faults and load at full count
	@$(BIN)/python -m pytest tests/soak --timeout 7200 -n 0

compat: setup ## the real clients of the field, each in its own environment; prints a table
	@$(BIN)/python -m tests.compat $(COMPAT)

demo: setup ## send a realistic workload to a running server
	@$(BIN)/watchllm demo

lock: setup ## pin what pyproject.toml asks for, with hashes
	@$(BIN)/python scripts/lock.py
