"""The spans of a page cover its range once, whatever they find."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from watchllm_server.stores.events.spans import EVENTS_PART, MINUTE_US, TRACES_PART, Span, Walk, Whole

FROM_US = 1_000_000 * MINUTE_US
WIDTHS = st.integers(1, 600_000 * MINUTE_US)


def spans_of(walk: Walk, found: list[int]) -> list[Span]:
    spans: list[Span] = []
    yields = iter(found)
    sum_found = 0
    while span := walk.next(found=sum_found, wanted=51):
        spans.append(span)
        sum_found += next(yields, 0)
        assert len(spans) < 100
    return spans


@given(WIDTHS, st.booleans(), st.booleans(), st.lists(st.integers(0, 5), max_size=5))
def test_spans_cover_the_range_once_and_what_began_earlier_once(
    width: int, is_descending: bool, earlier: bool, found: list[int]
) -> None:
    to_us = FROM_US + width
    walk = Walk(FROM_US, to_us, is_descending=is_descending, earlier=earlier, part=TRACES_PART)
    spans = spans_of(walk, found)
    within = [span for span in spans if span.high_us > span.low_us]
    edges = within if not is_descending else within[::-1]
    assert edges[0].low_us == FROM_US
    assert edges[-1].high_us == to_us
    assert all(one.high_us == two.low_us for one, two in pairwise(edges))
    with_earlier = [span for span in spans if span.with_earlier]
    assert [span.low_us for span in with_earlier] == [FROM_US] * int(earlier)
    if earlier:
        assert with_earlier[0] == (spans[-1] if is_descending else spans[0])


def test_a_busy_range_reads_its_first_part_alone() -> None:
    day = 1_440 * MINUTE_US
    walk = Walk(FROM_US, FROM_US + day, is_descending=True, earlier=True, part=TRACES_PART)
    assert walk.next(found=0, wanted=51) == Span(FROM_US + day - 60 * MINUTE_US, FROM_US + day)


def test_the_second_span_is_as_wide_as_the_first_ones_yield_asks_for() -> None:
    day = 1_440 * MINUTE_US
    walk = Walk(FROM_US, FROM_US + day, is_descending=True, earlier=True, part=TRACES_PART)
    walk.next(found=0, wanted=50)
    span = walk.next(found=25, wanted=50)
    assert span is not None
    assert span.high_us - span.low_us == 4 * 60 * MINUTE_US


def test_an_empty_range_is_given_up_after_a_few_spans() -> None:
    for part in (TRACES_PART, EVENTS_PART):
        walk = Walk(FROM_US, FROM_US + 400 * 1_440 * MINUTE_US, is_descending=True, earlier=True, part=part)
        assert len(spans_of(walk, [])) <= 4


def test_a_page_after_the_range_has_only_what_began_earlier_left() -> None:
    after_us = FROM_US - 5
    walk = Walk(FROM_US, FROM_US + 99, is_descending=True, earlier=True, part=TRACES_PART, after_us=after_us)
    assert spans_of(walk, []) == [Span(FROM_US, after_us + 1, with_earlier=True)]


def test_an_ascending_page_inside_the_range_leaves_out_what_began_earlier() -> None:
    walk = Walk(FROM_US, FROM_US + 99, is_descending=False, earlier=True, part=TRACES_PART, after_us=FROM_US + 7)
    assert spans_of(walk, []) == [Span(FROM_US + 7, FROM_US + 99)]


def test_another_order_reads_the_whole_range_once() -> None:
    whole = Whole(1, 9)
    assert whole.next(found=0, wanted=2) == Span(1, 9, with_earlier=True)
    assert whole.next(found=1, wanted=2) is None
