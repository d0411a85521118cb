"""Many SDKs do not storm a server that comes back; `tests/soak` does the same with a thousand."""

from __future__ import annotations

from sdk_herd import BACK_S, DOWN_S, END_S, Herd


def test_many_sdks_return_to_their_server_at_less_than_twice_their_usual_rate() -> None:
    check_herd(100)


def check_herd(count: int) -> Herd:
    herd = Herd()
    herd.run(count)
    usual = herd.between(5, DOWN_S) / (DOWN_S - 5)
    assert usual >= 0.4 * count, "each sends what came in a second, and then waits for the next event"
    assert herd.dropped == 0
    assert herd.sent >= (END_S - 5) * count, "all that was captured meanwhile has come"
    assert herd.between(BACK_S, BACK_S + 60) <= 2 * 60 * usual
    assert max(herd.requests[int(BACK_S) + second] for second in range(60)) <= 2 * usual
    # Two probes a minute while it is away.
    assert herd.between(DOWN_S + 60, DOWN_S + 120) <= 4 * count
    return herd
