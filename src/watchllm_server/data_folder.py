"""The lock of a data folder: one `serve` at a time, and the second is told who the first is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from watchllm_server.errors import SettingsError


class DataFolder:
    """Holds the folder until the process ends or the block is left."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "run" / "serve.lock"
        self._descriptor = -1

    def __enter__(self) -> DataFolder:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SettingsError(f"the data folder cannot be used: {error.strerror}: {error.filename}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
            os.close(descriptor)
            raise SettingsError(
                f"another `watchllm serve` (pid {holder}) holds {self._path.parent.parent}; "
                "stop it, or choose another --data-dir"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
