"""Reads one audience by time, so that members who change meanwhile cannot slip past.

The API pages by offset. A member edited while we page moves to the end and shifts all behind it: one is
skipped. A window closed on both ends, counted at its end, tells that it happened; but on a busy audience
it happens always. So each page starts at the time of the last member read, offset 0: a member not yet
read can only move to a later time, which is still ahead of us. Only where a page holds no more than one
second, as an import makes them, is that second read by offset, in a window closed on both ends: members
can only leave it, and by as many as its total falls the offset steps back. A walk of more than one page
ends with a count of what had to be met: fewer were read means that it is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connectors.connector import JsonObject
from connectors.errors import TransientError

WALKS = 3
"""How often an audience is walked before a short read is given up."""
SECOND = timedelta(seconds=1)
"""`last_changed` has seconds; whether `since` includes its very second is not documented."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of one audience stands.

    Attributes:
        since: members changed at or after this, ISO 8601; None: from the beginning.
        until: members changed before this will have been read when the walk ends.
        archived: reads archived members, who are listed only when asked for.
        before: reads by offset up to this, because members share a second; None: reads by time.
        offset: rows to skip, when reading by offset.
        total: rows that the window up to `before` had when last asked; None: not asked yet.
    """

    since: str | None
    until: str
    archived: bool = False
    before: str | None = None
    offset: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """One answer: members in the order of their last change, and how many the whole window has."""

    rows: list[JsonObject]
    total: int


Ask = Callable[[Place], Members]
Count = Callable[[str | None, str, bool], int]
"""How many members, archived or not, changed at or after one time (None: ever) and before another."""


def iso(time: datetime) -> str:
    """Write a time as the API does: UTC, to the second, with offset."""
    return time.astimezone(UTC).isoformat(timespec="seconds")


def time_of(member: JsonObject) -> datetime | None:
    """When a member last changed; None when the vendor does not say."""
    try:
        time = datetime.fromisoformat(str(member.get("last_changed") or ""))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def walk(ask: Ask, count: Count, start: Place) -> Iterator[tuple[list[JsonObject], Place | None]]:
    """Yield members, each page with the place behind it; None as the place: at the end, and proved.

    Raises:
        TransientError: still fewer members read than the vendor counts, after `WALKS` walks.
    """
    for _ in range(WALKS):
        again = Place(start.since, start.until, start.archived)
        for rows, place, missing in _once(ask, count, start):
            yield rows, again if missing else place
            if place is None and not missing:
                return
        start = again
    raise TransientError(
        f"Mailchimp: an audience was read short {WALKS} times: {missing} members changed before "
        f"{start.until} are counted and not listed",
        fix="run it again; nothing is lost, the cursor has stayed",
    )


def _once(ask: Ask, count: Count, start: Place) -> Iterator[tuple[list[JsonObject], Place | None, int]]:
    """Walk to the end; the last number is of members that should have been met and were not."""
    place: Place | None = start
    seen, met = start.offset, frozenset[str]()
    while place is not None:
        page = ask(place)
        fresh = [row for row in page.rows if version(row) not in met]
        seen += sum(1 for row in fresh if _is_before(row, start.until))
        behind = _behind(place, page, count)
        missing = 0
        if behind is None and (place != start or len(page.rows) < page.total):
            missing = max(0, count(start.since, start.until, start.archived) - seen)
        yield fresh, behind, missing
        met = frozenset(map(version, page.rows)) | (met if place.before else frozenset())
        place = behind


def _behind(place: Place, page: Members, count: Count) -> Place | None:
    """The place behind a page; None: nothing more is listed."""
    if place.before is not None:
        return _behind_by_offset(place, place.before, page, count)
    if not page.rows or len(page.rows) >= page.total:
        return None  # one answer that holds all there is cannot have been disturbed
    return _behind_by_time(place, page)


def _behind_by_time(place: Place, page: Members) -> Place:
    """Go on a second before the last member, if this page holds all of that second; else by offset.

    By offset also where the vendor does not list by time, or not from a time on: then the whole window
    up to `until`.
    """
    times = [time for row in page.rows if (time := time_of(row))]
    is_by_time = len(times) == len(page.rows) and times == sorted(times)
    if not is_by_time or (place.since and times[0] < datetime.fromisoformat(place.since)):
        return replace(place, before=place.until, offset=0, total=None)
    if times[-1] - SECOND > times[0]:
        return replace(place, since=iso(times[-1] - SECOND))
    return replace(place, before=iso(times[-1] + SECOND), offset=0, total=None)


def _behind_by_offset(place: Place, before: str, page: Members, count: Count) -> Place:
    left = max(0, (place.total or 0) - page.total)
    if left and place.offset:
        return replace(place, offset=max(0, place.offset - left), total=page.total)
    offset = place.offset + len(page.rows)
    if page.rows and offset < page.total:
        return replace(place, offset=offset, total=page.total)
    # Whether `since` includes its very second is found out, so that the second is read neither again
    # (it fills pages) nor not at all.
    second = iso(datetime.fromisoformat(before) - SECOND)
    since = before if count(second, before, place.archived) else second
    return Place(since, place.until, place.archived)


def version(row: JsonObject) -> str:
    """Name one state of one member."""
    return f"{row.get('id')}@{row.get('last_changed')}"


def _is_before(row: JsonObject, until: str) -> bool:
    time = time_of(row)
    return time is None or time < datetime.fromisoformat(until)
