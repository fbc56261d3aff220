"""Medians and nine in ten, as arithmetic."""

from __future__ import annotations

import statistics
from array import array

from hypothesis import given
from hypothesis import strategies as st

from sell_model.spread import spread

PIECES = st.lists(st.lists(st.integers(0, 10**15), max_size=30), max_size=4)


@given(PIECES)
def test_the_median_is_the_middle_and_nine_in_ten_do_not_exceed_p90(pieces: list[list[int]]) -> None:
    """However many pieces the spans come in; fewer than nine in ten lie below p90."""
    spans = [span for piece in pieces for span in piece]
    found = spread([array("q", piece) for piece in pieces])

    if found is None:
        assert spans == []
        return
    assert found.count == len(spans)
    assert found.median == statistics.median(spans) / 1e6
    limit = round(found.p90 * 1e6)
    assert sum(span <= limit for span in spans) * 10 >= len(spans) * 9
    assert sum(span < limit for span in spans) * 10 < len(spans) * 9


def test_one_span_is_its_own_median_and_none_has_none() -> None:
    """A report begins with one lead."""
    one = spread([array("q", [5_000_000])])

    assert one is not None
    assert (one.median, one.p90) == (5.0, 5.0)
    assert spread([array("q")]) is None
