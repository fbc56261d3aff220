"""The walk over an audience, against a model of the vendor's listing that changes while it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.mailchimp.progress import Progress
from connectors.mailchimp.walk import Members, Place, iso, walk

START = datetime(2026, 10, 1, tzinfo=UTC)
NOW = START + timedelta(days=1)


@dataclass
class Listing:
    """What the vendor lists: members by second of change, in pages; edited between answers."""

    seconds: list[int]
    page: int = 3
    inclusive: bool = True
    edits: list[int] = field(default_factory=list)
    """Numbers of members to edit, one before each answer but the first."""
    hidden: int = 0
    """How many rows are counted and never listed."""
    asked: int = 0
    sorts: bool = True

    def __post_init__(self) -> None:
        self.changed = dict(enumerate(START + timedelta(seconds=second) for second in self.seconds))

    def ask(self, place: Place) -> Members:
        """Answer one page, after an edit."""
        if self.asked and self.edits:
            self.changed[self.edits.pop()] = NOW + timedelta(seconds=self.asked)
        self.asked += 1
        rows = self._window(place.since, place.before)
        shown = rows[place.offset : place.offset + self.page]
        return Members(shown, len(rows) + self.hidden)

    def count(self, since: str | None, before: str, archived: bool) -> int:
        """Answer a count of a closed window."""
        self.asked += 1
        return len(self._window(since, before)) + self.hidden

    def _window(self, since: str | None, before: str | None) -> list[JsonObject]:
        start = datetime.fromisoformat(since) if since else None
        end = datetime.fromisoformat(before) if before else None
        rows = [
            {"id": str(key), "last_changed": iso(time)}
            for key, time in self.changed.items()
            if (start is None or time > start or (self.inclusive and time == start)) and (end is None or time < end)
        ]
        return sorted(rows, key=lambda row: row["last_changed"]) if self.sorts else rows


def read(listing: Listing, start: Place | None = None) -> list[str]:
    """Walk a listing to its end; gives the ids met, in order."""
    start = start or Place(None, iso(NOW))
    return [row["id"] for rows, _ in walk(listing.ask, listing.count, start) for row in rows]


listings = st.builds(
    Listing,
    seconds=st.lists(st.integers(0, 9), min_size=1, max_size=40),
    page=st.integers(1, 9),
    inclusive=st.booleans(),
)


@given(listing=listings, picks=st.lists(st.integers(0, 39), max_size=12))
@settings(max_examples=150, deadline=None)
def test_nobody_is_skipped_whoever_is_edited_between_pages(listing: Listing, picks: list[int]) -> None:
    """An edit moves a member to the end and shifts the others: the drift that offset paging loses by."""
    listing.edits = [pick % len(listing.seconds) for pick in picks]

    try:
        met = read(listing)
    except TransientError:
        return  # it may give up; it may not look complete

    assert set(met) == {str(key) for key in listing.changed}


@given(listing=listings, resumed_at=st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_a_walk_resumes_behind_any_page(listing: Listing, resumed_at: int) -> None:
    """A run may be killed after any page; the next one goes on from the stored place."""
    met: list[str] = []
    place: Place | None = Place(None, iso(NOW))
    for number, (rows, behind) in enumerate(walk(listing.ask, listing.count, Place(None, iso(NOW)))):
        met += [row["id"] for row in rows]
        place = behind
        if number == resumed_at:
            break

    met += read(listing, place) if place else []

    assert set(met) == {str(key) for key in listing.changed}


def test_each_member_of_a_quiet_audience_is_met_once() -> None:
    """Pages meet at a second that both hold; what both hold is given once."""
    met = read(Listing([0, 1, 1, 2, 2, 2, 2, 2, 2, 3, 4, 5, 5, 6, 7, 8], page=4))

    assert sorted(map(int, met)) == list(range(16))


def test_an_import_of_one_second_is_read_in_pages_that_do_not_repeat() -> None:
    """Ten thousand and one members may share a second; there is no time to go on from."""
    listing = Listing([5] * 10_001, page=1000)

    met = read(listing)

    assert len(met) == len(set(met)) == 10_001
    assert listing.asked <= 12 + 3


@pytest.mark.parametrize("inclusive", [True, False])
def test_members_behind_a_full_second_are_met_whether_since_includes_it_or_not(inclusive: bool) -> None:
    """The vendor's page does not say whether `since_last_changed` includes the very second."""
    met = read(Listing([0, *[1] * 7, 2, 2, 3], page=3, inclusive=inclusive))

    assert sorted(map(int, met)) == list(range(11))


def test_a_vendor_that_does_not_list_by_time_is_read_by_offset() -> None:
    """Then there is no time to go on from; the window is closed and its total watched."""
    met = read(Listing([9, 8, 7, 6, 5, 4, 3], page=3, sorts=False))

    assert sorted(map(int, met)) == list(range(7))


def test_a_read_that_stays_short_is_an_error() -> None:
    """Short never looks complete: three are counted that nobody lists."""
    with pytest.raises(TransientError, match="3 members"):
        read(Listing([0, 1, 2, 3, 4, 5, 6], hidden=3))


def test_a_short_single_page_is_an_error_too() -> None:
    """Also when the audience is so small that one answer should have held it."""
    with pytest.raises(TransientError, match="read short"):
        read(Listing([0], hidden=1))


def test_one_page_needs_no_proof() -> None:
    """One answer that holds all there is cannot have been disturbed: one call."""
    listing = Listing([0, 1, 2], page=3)
    read(listing)

    assert listing.asked == 1


def with_progress(act: Callable[[Progress], Place]) -> Place:
    """Act on the progress of an audience read up to START."""
    return act(Progress({"since": None, "audiences": {"a": {"since": iso(START)}}}))


def test_a_new_walk_reaches_back_before_the_end_of_the_last() -> None:
    """What the vendor showed late is met by the next read."""
    place = with_progress(lambda p: p.place("a", NOW, timedelta(minutes=1), timedelta(minutes=5)))

    assert place.since == iso(START - timedelta(minutes=5))
    assert place.until == iso(NOW - timedelta(minutes=1))


def test_an_audience_not_yet_seen_is_read_from_the_beginning() -> None:
    """An audience made after the first read is new, however far the others are."""
    place = with_progress(lambda p: p.place("b", NOW, timedelta(0), timedelta(0)))

    assert place.since is None
