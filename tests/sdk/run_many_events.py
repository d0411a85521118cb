"""Send many events from 8 threads and 4 forked workers: `python -m tests.sdk.run_many_events RUN COUNT`.

Half of the events come from the threads, half from the workers, which are forked while the threads send. The SDK is set
up by the environment. Each process prints one JSON line with what its SDK says about its events.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

import watchllm

THREADS = 8
WORKERS = 4
# The queue takes 10,000 and drops what comes beyond; a host that must lose nothing looks before it sends.
ROOM = 5_000
# Ten minutes are what an event may wait; the end must be sooner than that.
PATIENCE_S = 540.0
PER_TRACE = 100


def event_ids(run: str, count: int) -> list[str]:
    """Return the ids of all events of a run."""
    return [f"{run}-{name}-{number}" for name, share in shares(count).items() for number in range(share)]


def shares(count: int) -> dict[str, int]:
    """Return how many events each thread and each worker sends."""
    half = count // 2
    threads = {f"thread{n}": half // THREADS for n in range(THREADS)}
    return {**threads, **{f"worker{n}": half // WORKERS for n in range(WORKERS)}}


def send(run: str, name: str, count: int) -> None:
    """Send the events of one thread or worker."""
    for number in range(count):
        while watchllm.stats()["queued"] > ROOM:
            time.sleep(0.01)
        event_id = f"{run}-{name}-{number}"
        trace_id = f"{run}-{name}-trace{number // PER_TRACE}"
        watchllm.log(f"number {number} of {name}", event_id=event_id, trace_id=trace_id)


def finish(name: str) -> None:
    """Wait until nothing is queued, and say what became of it all."""
    deadline = time.monotonic() + PATIENCE_S
    while watchllm.stats()["queued"] and time.monotonic() < deadline:
        watchllm.flush(5)
        time.sleep(0.05)
    os.write(1, (json.dumps({"process": name, **watchllm.stats()}) + "\n").encode())


def main() -> None:
    """Start the threads, fork the workers beside them, wait for all."""
    run, count = sys.argv[1], int(sys.argv[2])
    watchllm.init()
    to_send = shares(count)
    threads = [
        threading.Thread(target=send, args=(run, name, to_send[name])) for name in to_send if name.startswith("thread")
    ]
    for thread in threads:
        thread.start()
    workers: list[int] = []
    for name in (name for name in to_send if name.startswith("worker")):
        worker = os.fork()
        if worker == 0:
            send(run, name, to_send[name])
            finish(name)
            os._exit(0)
        workers.append(worker)
    for thread in threads:
        thread.join()
    finish("parent")
    codes = [os.waitpid(worker, 0)[1] for worker in workers]
    sys.exit(0 if codes == [0] * WORKERS else 1)


if __name__ == "__main__":
    main()
