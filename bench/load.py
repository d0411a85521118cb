"""A load generator in processes of its own: blocking sockets, prepared bytes, one kept-alive connection each.

It costs the server's machine as little as a client can, and never waits for a slow answer to send on another
connection. Answers that ask to wait are obeyed and counted.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

import msgspec

from bench.bodies import SPANS_PER_BODY, Template

# Processes, not threads: the generator must not be bound by one interpreter.
CONNECTIONS: Final = 4
_TIMEOUT_S: Final = 30.0
_MAX_RETRY_WAIT_S: Final = 2.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What one run sends. `spans_per_s` over all connections; 0 sends as fast as answers come."""

    host: str
    port: int
    api_key: str
    templates: str
    first_round: int
    seconds: float
    spans_per_s: float = 0.0
    # Ends the run before its time when all of them are sent; 0: no limit.
    max_spans: int = 0
    connections: int = CONNECTIONS


class Request(msgspec.Struct, frozen=True, array_like=True):
    """One acknowledged request: when it was due, sent and answered (seconds of the machine's monotonic clock)."""

    due_s: float
    sent_s: float
    answered_s: float


class Result(msgspec.Struct):
    """What a run sent. `refused` counts answers that asked to wait (429, 503)."""

    requests: list[Request] = msgspec.field(default_factory=list[Request])
    refused: int = 0
    rounds: int = 0
    # What the generator itself used of the machine that it shares with the server.
    cpu_s: float = 0.0

    @property
    def spans(self) -> int:
        return len(self.requests) * SPANS_PER_BODY

    @property
    def first_sent_s(self) -> float:
        return min(request.sent_s for request in self.requests)

    @property
    def last_answered_s(self) -> float:
        return max(request.answered_s for request in self.requests)

    @property
    def acknowledged_ms(self) -> list[float]:
        return [(request.answered_s - request.sent_s) * 1_000 for request in self.requests]

    @property
    def late_ms(self) -> list[float]:
        """How long after its due time each answer came: latency plus waiting for the connection."""
        return [(request.answered_s - request.due_s) * 1_000 for request in self.requests]


def save_templates(templates: list[Template], path: Path) -> None:
    """Write templates where the processes of a run read them."""
    path.write_bytes(msgspec.msgpack.encode(templates))


def start(plan: Plan) -> Running:
    """Begin a run; it goes on in its processes."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    processes: list[SpawnProcess] = []
    for worker in range(plan.connections):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, msgspec.json.encode(plan), worker), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        # Each has read its templates and has its connection: the clocks begin together.
        pipe.recv_bytes()
    for pipe in pipes:
        pipe.send_bytes(b"go")
    return Running(pipes, processes)


class Running:
    """A run that goes on."""

    def __init__(self, pipes: list[Connection], processes: list[SpawnProcess]) -> None:
        self._pipes = pipes
        self._processes = processes

    def finish(self) -> Result:
        """Wait for the end and return what was sent. Raises RuntimeError when a worker failed."""
        whole = Result()
        for pipe in self._pipes:
            try:
                part = msgspec.msgpack.decode(pipe.recv_bytes(), type=Result)
            except EOFError:
                raise RuntimeError("a process of the load generator died; its words are above") from None
            whole.requests.extend(part.requests)
            whole.refused += part.refused
            whole.rounds = max(whole.rounds, part.rounds)
            whole.cpu_s += part.cpu_s
            pipe.close()
        for process in self._processes:
            process.join()
        return whole


def _work(pipe: Connection, encoded: bytes, worker: int) -> None:
    plan = msgspec.json.decode(encoded, type=Plan)
    everything = msgspec.msgpack.decode(Path(plan.templates).read_bytes(), type=list[Template])
    mine = everything[worker :: plan.connections]
    client = _Client(plan)
    pipe.send_bytes(b"ready")
    pipe.recv_bytes()
    started_cpu_s = time.process_time()
    result = _send_all(plan, mine, client, worker)
    result.cpu_s = time.process_time() - started_cpu_s
    pipe.send_bytes(msgspec.msgpack.encode(result))
    client.close()


def _send_all(plan: Plan, templates: list[Template], client: _Client, worker: int) -> Result:
    result = Result()
    rate = plan.spans_per_s / SPANS_PER_BODY / plan.connections
    most = plan.max_spans // SPANS_PER_BODY // plan.connections
    # The connections take turns, as independent clients would: not all at the same moment.
    begun_s = time.monotonic() + (worker / plan.connections / rate if rate else 0.0)
    number = 0
    while True:
        round_number, place = divmod(number, len(templates))
        body = templates[place].of_round(plan.first_round + round_number)
        due_s = begun_s + number / rate if rate else time.monotonic()
        wait_s = due_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        sent_s = time.monotonic()
        if sent_s - begun_s > plan.seconds or (most and number >= most):
            return result
        result.refused += client.post(body)
        result.requests.append(Request(due_s, sent_s, time.monotonic()))
        result.rounds = round_number + 1
        number += 1


class _Client:
    """One connection that speaks as much HTTP as an OTLP exporter needs."""

    def __init__(self, plan: Plan) -> None:
        self._socket = socket.create_connection((plan.host, plan.port), timeout=_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST /v1/traces HTTP/1.1\r\nHost: {plan.host}:{plan.port}\r\nAuthorization: Bearer {plan.api_key}\r\n"
            "Content-Type: application/x-protobuf\r\nContent-Length: "
        ).encode()

    def post(self, body: bytes) -> int:
        """Send until acknowledged; returns how often the server asked to wait."""
        refused = 0
        while True:
            self._socket.sendall(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
            status, wait_s = self._answer()
            if status == 200:
                return refused
            if status not in (429, 503):
                raise RuntimeError(f"the server answered {status}")
            refused += 1
            time.sleep(min(wait_s, _MAX_RETRY_WAIT_S))

    def _answer(self) -> tuple[int, float]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._read()
        head, _, rest = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        missing = int(fields.get("content-length", "0")) - len(rest)
        while missing > 0:
            missing -= len(self._read())
        return int(lines[0].split(" ")[1]), float(fields.get("retry-after", "1"))

    def _read(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data

    def close(self) -> None:
        self._socket.close()
