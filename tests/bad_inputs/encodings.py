"""B-18 to B-27, B-65: compressed bodies."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import zstandard

from tests.bad_inputs.case import PROTOBUF, Ask, Case, batch, in_request_encoding, kept, traces
from tests.ingest.calls import BATCH, EVENT, TRACES, Answer, log_event, send
from tests.running import Server

MIB: Final = 1024 * 1024
LIMIT: Final = 20 * MIB
# What one refused body may leave in memory: the plain bytes up to the limit, and the pieces they came in.
MOST_GROWTH: Final = 32 * MIB
PACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@cache
def _bomb(encoding: str) -> bytes:
    """Return few bytes that become 200 MiB; zstd's declares that size in its frame."""
    return gzip.compress(bytes(200 * MIB), 9) if encoding == "gzip" else PACK[encoding](bytes(200 * MIB))


def _packed(encoding: str) -> bytes:
    return PACK[encoding](b'[{"eventId": "never-stored", "type": "log", "body": {"level": "info", "message": "m"}}]')


def _wide_window() -> bytes:
    parameters = zstandard.ZstdCompressionParameters(compression_level=3, window_log=27, write_content_size=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(b"[]") + packer.flush()


def _with_dictionary() -> bytes:
    samples: list[Any] = [orjson.dumps(log_event(f"sample-{number}", n=number)) for number in range(2_000)]
    dictionary = zstandard.train_dictionary(4_096, samples)
    return zstandard.ZstdCompressor(dict_data=dictionary).compress(samples[0])


def _exploding(path: str, encoding: str) -> Ask:
    """Send a bomb, and see that neither time nor memory goes into it."""

    def ask(server: Server, event_id: str) -> Answer:
        content_type = PROTOBUF if path == TRACES else "application/json"
        body = _bomb(encoding)
        process = Path(f"/proc/{server.process.pid if server.process else 0}")
        # 5 makes the kernel forget the highest use so far.
        (process / "clear_refs").write_text("5")
        before, cpu_before = _bytes(process, "VmRSS"), _cpu_s(process)
        answer = send(server, path, body, content_encoding=encoding, content_type=content_type)
        assert _bytes(process, "VmHWM") - before <= MOST_GROWTH
        assert _cpu_s(process) - cpu_before <= 0.2
        return answer

    return ask


def _bytes(process: Path, name: str) -> int:
    line = next(line for line in (process / "status").read_text().splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) * 1024


def _cpu_s(process: Path) -> float:
    """Return the time that the process has computed, in steps of 10 ms."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _members(encoding: str) -> Ask:
    """Send one body in two members or frames."""

    def ask(server: Server, event_id: str) -> Answer:
        plain = orjson.dumps([log_event(event_id)])
        body = PACK[encoding](plain[:20]) + PACK[encoding](plain[20:])
        return send(server, BATCH, body, content_encoding=encoding)

    return ask


def _damaged(row: str, what: str, encoding: str, body: Callable[[], bytes], code: str = "bad_encoding") -> Case:
    return Case(row, what, batch(body, content_encoding=encoding), 400, code)


CASES = [
    *(Case("B-18", f"Content-Encoding {name}", batch(b"[]", content_encoding=name), 415, "unsupported_media_type")
      for name in ("br", "compress", "x-gzip", "nonsense")),
    *(Case("B-19", f"Content-Encoding {name}", batch(b"[]", content_encoding=name), 415, "too_many_encodings")
      for name in ("gzip, gzip", "gzip,deflate", "gzip, deflate, zstd")),
    *(Case("B-20" if encoding != "zstd" else "B-21", f"a bomb of {encoding} to {path}", _exploding(path, encoding), 413,
           "too_large") for encoding in PACK for path in (BATCH, EVENT, TRACES)),
    _damaged("B-22", "a zstd window of 128 MiB", "zstd", _wide_window, "window_too_large"),
    _damaged("B-23", "gzip that was cut", "gzip", lambda: _packed("gzip")[:-9]),
    _damaged("B-23", "gzip with a wrong checksum", "gzip", lambda: _packed("gzip")[:-8] + bytes(8)),
    _damaged("B-23", "garbage after gzip", "gzip", lambda: _packed("gzip") + b"garbage"),
    _damaged("B-23", "deflate that was cut", "deflate", lambda: _packed("deflate")[:-5]),
    _damaged("B-23", "garbage after deflate", "deflate", lambda: _packed("deflate") + b"x"),
    _damaged("B-23", "zstd that was cut", "zstd", lambda: _packed("zstd")[:-3]),
    _damaged("B-23", "garbage after zstd", "zstd", lambda: _packed("zstd") * 2 + b"gar"),
    _damaged("B-23", "a second frame that was cut", "zstd", lambda: _packed("zstd") + _packed("zstd")[:-3]),
    _damaged("B-23", "a million empty members", "gzip", lambda: gzip.compress(b"") * 500_000),
    *(Case("B-24", f"one body of two members of {name}", _members(name), 202, then=kept(output="hello"))
      for name in ("gzip", "zstd")),
    _damaged("B-25", "plain as gzip", "gzip", lambda: b'[{"type": "log"}]'),
    _damaged("B-25", "plain as deflate", "deflate", lambda: b'[{"type": "log"}]'),
    _damaged("B-25", "plain as zstd", "zstd", lambda: b'[{"type": "log"}]'),
    _damaged("B-25", "gzip as plain", "identity", lambda: _packed("gzip"), "bad_json"),
    Case("B-26", "nothing as gzip", batch(b"", content_encoding="gzip"), 400, "not_a_batch"),
    Case("B-26", "OTLP: nothing as gzip", traces(b"", content_encoding="gzip"), 200,
         then=in_request_encoding(PROTOBUF)),
    _damaged("B-27", "zstd with a dictionary", "zstd", _with_dictionary),
    *(Case("B-65", f"a byte beyond the limit after {name}", traces(lambda name=name: PACK[name](bytes(LIMIT + 1)),
           content_encoding=name), 413, "too_large", in_request_encoding(PROTOBUF)) for name in PACK),
    Case("B-65", "a plain body of the limit", batch(lambda: b"[" + b" " * (LIMIT - 2) + b"]"), 202),
]  # fmt: skip
