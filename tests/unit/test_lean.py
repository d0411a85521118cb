"""What a role does not load: libraries that nothing of ours uses, and drivers of servers that no setting names."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

LOAD: Final = """
import sys
from watchllm_server.lean import load_no_pandas
load_no_pandas()
import {module}
import pyarrow as pa
assert pa.table({{"n": pa.array([1, None])}}).to_pylist() == [{{"n": 1}}, {{"n": None}}]
print(*(name for name in ("pandas", "redis", "pymongo", "chdb") if name in sys.modules))
"""


@pytest.mark.parametrize("module", ["watchllm_server.roles.processor", "watchllm_server.wiring.web"])
def test_a_role_loads_no_pandas_and_no_driver_that_it_may_not_need(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD.format(module=module)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == []
