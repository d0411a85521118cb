"""Lets a failed comparison of a recorded span show what differs."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.dialects.mapping.recorded")
