"""What reading costs in calls: by what changed, not by what is there, and as few as the vendor allows."""

from __future__ import annotations

import pytest

from benchmarks.accounts import KINDS, account, fewest

WHOLE = {"google_sheets"}
"""Vendors who cannot be asked for what changed: a sheet that changed is read whole."""

ABOVE = {
    "hubspot": 1,  # one search asks whether anything changed at all, so that a quiet run needs no more
    "wufoo": 1,  # a read by ids ends with an empty page: the proof that no page was short
}
"""By how many calls a later read is above the fewest, and why it is worth that."""


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_later_read_costs_as_many_calls_in_a_large_account(name: str) -> None:
    """Ten times the records, the same changes: the same calls."""
    calls = []
    for records in (200, 2_000):
        with account(name, records) as made:
            settled = made.read(made.read(None).cursor)
            made.change(20)
            later = made.read(settled.cursor)
        assert later.records >= 20
        calls.append(later.calls)

    assert calls[0] == calls[1] or name in WHOLE
    assert max(calls) <= calls[0] + 1


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_call_is_made_that_need_not_be(name: str) -> None:
    """A first read and a later one make the fewest calls that the vendor allows."""
    with account(name, 300) as made:
        first = made.read(None)
        settled = made.read(first.cursor)
        made.change(20)
        later = made.read(settled.cursor)

    assert first.records == 300
    assert first.calls <= fewest(name, 300, first=True)
    assert later.calls <= fewest(name, later.records, first=False) + ABOVE.get(name, 0)
