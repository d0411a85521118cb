"""Coverage-guided fuzzing of everything that decodes what strangers send; `python -m tests.fuzz` says how."""
