"""Fault D-36: too few descriptors, too little memory, one processor, no rights, no room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.oracle.scenes.limits import (
    command,
    memory_limit,
    outside_of_tmp,
    read_only,
    refuse_the_folder,
    with_full_tmp,
    with_too_little,
)

pytestmark = pytest.mark.timeout(600)


async def test_sixty_four_descriptors_lose_nothing(tmp_path: Path) -> None:
    print(await with_too_little(tmp_path, "64 descriptors", command("prlimit", "--nofile=64:64")))


async def test_a_quarter_of_a_gigabyte_of_memory_loses_nothing(tmp_path: Path) -> None:
    with memory_limit(256) as wrapper:
        print(await with_too_little(tmp_path, "256 MiB", wrapper))


async def test_one_processor_loses_nothing(tmp_path: Path) -> None:
    print(await with_too_little(tmp_path, "1 CPU", command("taskset", "-c", "0")))


async def test_a_full_tmp_loses_nothing(tmp_path: Path) -> None:
    with outside_of_tmp() as folder:
        print(await with_too_little(folder, "/tmp full", with_full_tmp()))


async def test_a_read_only_data_folder_is_refused(tmp_path: Path) -> None:
    with read_only(tmp_path / "data") as data_dir:
        print(await refuse_the_folder(tmp_path, "read-only data folder", data_dir, []))


@pytest.mark.skipif(os.geteuid() != 0, reason="cannot have: a folder of another user")
async def test_a_data_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    os.chown(data_dir, 65534, 65534)
    wrapper = command("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    print(await refuse_the_folder(tmp_path, "no permission", data_dir, wrapper))
