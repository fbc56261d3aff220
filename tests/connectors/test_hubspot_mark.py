"""Where the next read begins, proved for any order of times."""

from __future__ import annotations

from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.mark import MOST_KNOWN, Mark

OVERLAP = 300
LATEST = 100_000

times = st.integers(0, LATEST)
versions = st.lists(times, max_size=60)
crowds = st.lists(st.tuples(times, st.integers(1, 2 * MOST_KNOWN)), max_size=4)


def marked(seen: list[int], safe: int) -> Mark:
    """Note versions in the order of their ids, and finish the read."""
    mark = Mark()
    for id_, changed in enumerate(seen):
        mark.note(str(id_), changed, OVERLAP)
    mark.finish(safe, OVERLAP)
    return mark


@given(crowds, times)
def test_a_change_after_the_read_is_never_before_the_next_start(crowds: list[tuple[int, int]], safe: int) -> None:
    """Nothing may be lost: what search could not be trusted to show lies in the next window."""
    mark = marked([changed for changed, count in crowds for _ in range(count)], safe)

    assert mark.start <= safe + 1


@given(crowds, times)
def test_a_time_below_the_latest_seen_is_read_again_unless_it_is_settled(
    crowds: list[tuple[int, int]], safe: int
) -> None:
    """The vendor's own times lead: near the latest one seen, others may still have been written."""
    mark = marked([changed for changed, count in crowds for _ in range(count)], safe)

    if mark.high is not None and mark.high > safe - OVERLAP:
        assert mark.start == min(mark.high, safe) - OVERLAP


@given(versions, times)
def test_what_was_read_and_lies_in_the_next_window_is_known(seen: list[int], safe: int) -> None:
    """A quiet read must not give the last changes again, as far as they are near the latest one."""
    mark = marked(seen, safe)

    for id_, changed in enumerate(seen):
        if changed >= max(mark.start, max(seen) - OVERLAP):
            assert mark.knows(str(id_), changed)
            assert not mark.knows(str(id_), changed + 1)


@given(crowds, times)
def test_a_mark_stays_small(crowds: list[tuple[int, int]], safe: int) -> None:
    """It is stored with every page, and does not grow with the size of the source."""
    mark = marked([changed for changed, count in crowds for _ in range(count)], safe)

    assert len(mark.known) <= MOST_KNOWN


@given(versions, times)
def test_a_mark_survives_being_written_into_a_cursor(seen: list[int], safe: int) -> None:
    """The next run reads it from JSON."""
    mark = marked(seen, safe)

    assert Mark.of(asdict(mark)) == mark
