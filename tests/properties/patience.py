"""Settings for properties over real parts: each example takes what a file or an engine takes."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def patient(examples: int, *, steps: int = 50) -> settings:
    """Return settings without a deadline for an example."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much,
                               HealthCheck.function_scoped_fixture],
        print_blob=True,
    )  # fmt: skip
