"""Reads one form's responses backwards, from the newest, so that those who answer meanwhile move nobody.

The API lists the newest first and pages by the token of a response (`before`), which stands still while
others are added; equal times do not matter. It shows a response up to half an hour late and knows no
deletion. So a read reaches back by an overlap, and counts: what was read must be no fewer than the vendor
counted when the read began. Fewer may be deletions in between: then the vendor is asked again for the count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import SetupError, TransientError
from connectors.typeform.api import RefusedCallError

WALKS = 3
"""How often a form is walked before a short read is given up."""
ANCHORS = 3
"""Tokens of a page's end that are remembered: one may be deleted before the next page is asked for."""
NEWEST = 50
"""Tokens of the newest responses that are remembered for the next read; what it reads again beside is harmless."""
PAGE = 1_000
"""Responses; the API's own limit."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of one form stands.

    Attributes:
        since: responses submitted at or after this, ISO 8601; None: from the beginning.
        top: when the newest response that the walk met was submitted.
        first: that response's token.
        total: how many the vendor counted when the walk began.
        read: how many were read of them.
        behind: tokens at the end of the last page, the oldest response's last.
        newest: tokens at the beginning of the first page: the next read, which reaches back, knows them.
    """

    since: str | None
    top: str | None = None
    first: str | None = None
    total: int = 0
    read: int = 0
    behind: tuple[str, ...] = ()
    newest: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: JsonObject) -> Place:
        """Read what `asdict` wrote."""
        return cls(**{**stored, **{name: tuple(stored.get(name) or ()) for name in ("behind", "newest")}})


@dataclass(frozen=True, slots=True)
class Responses:
    """One answer: responses, the newest first, and how many all that was asked for has."""

    rows: list[JsonObject]
    total: int


Ask = Callable[[dict[str, Any]], Responses]


def walk(ask: Ask, start: Place, size: int) -> Iterator[tuple[list[JsonObject], Place, bool]]:
    """Yield responses, each page with the place behind it, and whether the walk ends there, proved.

    Raises:
        TransientError: still fewer responses read than the vendor counts, after `WALKS` walks.
    """
    place, why = start, ""
    for _ in range(WALKS):
        try:
            for rows, behind, is_last in _once(ask, place, size):
                missing = _missing(ask, behind) if is_last else 0
                yield rows, Place(start.since) if missing else behind, is_last and not missing
                if is_last and not missing:
                    return
                why = f"{missing} responses are counted and not listed"
        except _PlaceLostError:
            why = "the responses to go on from were deleted"
        place = Place(start.since)
    raise TransientError(
        f"Typeform: a form was read short {WALKS} times: {why}",
        fix="run it again; nothing is lost, the cursor has stayed",
    )


class _PlaceLostError(Exception):
    """None of the responses at the end of the last page is there to go on from."""


def _once(ask: Ask, place: Place, size: int) -> Iterator[tuple[list[JsonObject], Place, bool]]:
    is_last = False
    while not is_last:
        rows, place, is_last = _step(ask, place, size)
        yield rows, place, is_last


def _step(ask: Ask, place: Place, size: int) -> tuple[list[JsonObject], Place, bool]:
    page = _next_page(ask, place, size)
    known = {*place.behind, place.first}
    fresh = [row for row in page.rows if token_of(row) not in known and _is_since(row, place.since)]
    if not place.behind:
        newest = tuple(map(token_of, page.rows[:NEWEST]))
        place = replace(place, total=page.total, first=next(iter(newest), None), newest=newest)
    read = place.read + len(fresh)
    top = max([*([place.top] if place.top else []), *(time for row in fresh if (time := _time(row)))], default=None)
    tokens = [token_of(row) for row in page.rows][-ANCHORS:]
    is_last = not fresh or read >= place.total
    return fresh, replace(place, top=top, read=read, behind=tuple(tokens) or place.behind), is_last


def _next_page(ask: Ask, place: Place, size: int) -> Responses:
    """Ask for what lies before the last page's end; where that response is gone, before the one above it."""
    window: dict[str, Any] = {"page_size": size, **({"since": place.since} if place.since else {})}
    if not place.behind:
        return ask(window)
    for anchor in reversed(place.behind):
        try:
            page = ask({**window, "before": anchor})
        except RefusedCallError:
            continue
        if place.first is None or place.first not in map(token_of, page.rows):
            return page  # else the anchor was not heeded, and this is the first page again
    raise _PlaceLostError


def _missing(ask: Ask, place: Place) -> int:
    """Count what should have been met and was not; asks only where fewer were read than were counted first."""
    if place.read >= place.total:
        return 0
    window = {"since": place.since, "until": place.top}
    again = ask({"page_size": 1, **{name: value for name, value in window.items() if value}})
    return max(0, again.total - place.read)


def token_of(row: JsonObject) -> str:
    """A response's token."""
    return str(row.get("token") or row.get("response_id") or "")


def iso(time: datetime) -> str:
    """Write a time as the API takes it: UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime | None:
    """Read a time of the API's; None when it is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _time(row: JsonObject) -> str | None:
    time = read_time(str(row.get("submitted_at") or ""))
    return iso(time) if time else None


def _is_since(row: JsonObject, since: str | None) -> bool:
    time = _time(row)
    return since is None or time is None or time >= since


def before(mark: str, overlap: timedelta) -> str:
    """The time so long before a mark."""
    time = read_time(mark)
    if time is None:
        raise SetupError("Typeform: the stored cursor holds no time", fix="sellhub sync --full reads everything again")
    return iso(time - overlap)
