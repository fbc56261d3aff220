"""Extremes: many people of one moment, people from the past, records of ten megabytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.testing.applicable import needs
from connectors.testing.bench import Bench
from connectors.testing.truth import said

SOME_TIME_AGO = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
BIG = 10_000_000
"""Characters."""


class Extremes:
    """What holds of accounts that are not as one thinks."""

    @needs("add_at")
    def test_more_people_of_one_moment_than_a_page_holds(self, bench: Bench) -> None:
        """An import does that; a cursor of a time alone would pass them over, or never."""
        bench.truth.add_at(*[SOME_TIME_AGO] * (4 * bench.standin.page + 1))
        attempt = bench.read()
        begun = bench.read_some()

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}
        assert bench.truth.faults(bench.read_on(begun).known) == {}

    @needs("add_at")
    def test_times_that_are_in_no_order(self, bench: Bench) -> None:
        """Some are older than those that were added before them."""
        hours = [5, 1, 9, 2, 2, 7, 0, 8, 3, 6, 4]
        bench.truth.add_at(*[SOME_TIME_AGO + timedelta(hours=hour) for hour in hours])

        attempt = bench.read()

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}
        assert bench.truth.faults(bench.read_on(attempt).known) == {}

    @needs("add", "enlarge")
    def test_a_record_of_ten_megabytes(self, bench: Bench) -> None:
        """Somebody pastes a file into a field; those before and behind it are read too."""
        ids = bench.truth.add(bench.standin.page + 1)
        bench.standin.enlarge(ids[1], BIG)

        attempt = bench.read()

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}
        if "enlarge" not in bench.standin.untold:
            assert len(said(attempt.known.live[ids[1]])) >= BIG
