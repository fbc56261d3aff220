"""Where a read of an object stands: what a cursor of this connector holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.connector import Cursor
from connectors.errors import SetupError
from connectors.salesforce.values import moment, stamp


class Place(BaseModel):
    """A place to read on from. Times are texts as REST writes them, so that they compare as text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str | None = None
    """Read what changed at or after this time; the overlap is already taken off."""
    after: tuple[str, str] | None = None
    """Read what lies behind this time and id; stronger than `since`. An empty id: from this time on."""
    newest: tuple[str, str] | None = None
    """The greatest time and id seen so far."""
    newest_seen_at: str | None = None
    """When, by our clock, `newest` was first seen."""
    horizon: str | None = None
    """When, by the vendor's clock, the read began: later changes may have been missed by it."""
    read_at: str | None = None
    """When, by our clock, the last complete read ended."""
    looked_at: str | None = None
    """Of events: by which time of ours the last read told planned from past."""
    fields: str | None = None
    """Digest of the fields that the last read asked for."""
    job: str | None = None
    """A Bulk job whose results are being read."""
    locator: str | None = None
    """The result page that comes next; None: the first."""
    rows: int = 0
    """Rows taken from the job so far."""
    expected: int = 0
    """Rows that there were when the job was made."""

    @staticmethod
    def of(cursor: Cursor | None) -> Place:
        """Read a cursor.

        Raises:
            SetupError: it is not one of ours.
        """
        try:
            return Place.model_validate(cursor or {})
        except ValidationError:
            raise SetupError(
                "Salesforce: the stored cursor cannot be read", fix="read the stream again with --full"
            ) from None

    def cursor(self) -> Cursor:
        """Write the cursor."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)

    def but(self, **values: object) -> Place:
        """Give this place with some things changed."""
        return self.model_copy(update=values)

    @property
    def first(self) -> bool:
        """Whether nothing was read before, so that deletions are of no interest."""
        return self.since is None and self.after is None

    @property
    def from_the_beginning(self) -> bool:
        """Whether a read from here on lists everything."""
        return self.first and self.job is None

    def without_job(self) -> Place:
        """Give the place that the job was to read from."""
        return self.but(job=None, locator=None, rows=0, expected=0, horizon=None)

    def seen(self, rows: list[tuple[str, str]]) -> Place:
        """Note the greatest time and id among rows, in whatever order they came."""
        newest = max([*rows, self.newest] if self.newest else rows, default=None)
        return self if newest == self.newest else self.but(newest=newest, newest_seen_at=None)

    def behind(self, rows: list[tuple[str, str]], *, exact: bool, overlap: timedelta) -> Place:
        """Move behind rows, given as time and id in the order of the query.

        Args:
            exact: the rows were read in the moment in which the query ran. Rows of later pages are as
                they are now, in the order of then: a row changed in between bears too late a time to go
                on from, so only times before the read began are trusted.
        """
        if exact or self.horizon is None:
            return self.seen(rows).but(after=rows[-1] if rows else self.after)
        trusted_before = stamp(moment(self.horizon) - overlap)
        trusted = [row for row in rows if row[0] < trusted_before]
        return self.seen(rows).but(after=trusted[-1] if trusted else self.after)

    def complete(self, fields: str, began: datetime, overlap: timedelta) -> Place:
        """Give the place of a read that is done, from which the next one goes on.

        A change bears the time of its statement and shows at its commit, so the next read reaches back
        by the overlap. Once a read began an overlap after `newest` was first seen, all that could
        still have come late has been seen: from then on nothing is read twice.

        Args:
            fields: digest of the fields that were asked for.
            began: when the read began, by our clock.
        """
        safe = stamp(moment(self.horizon or stamp(began)) - overlap)
        since = min(self.since, safe) if self.since else None
        done = Place(since=since, read_at=stamp(began), fields=fields, looked_at=self.looked_at)
        if self.newest is None or not self.newest[0]:
            return done
        seen_at = self.newest_seen_at or stamp(began)
        done = done.but(newest=self.newest, newest_seen_at=seen_at)
        if stamp(began - overlap) > seen_at and safe > self.newest[0]:
            return done.but(since=None, after=self.newest)
        reached = min(stamp(moment(self.newest[0]) - overlap), safe)
        return done.but(since=max(reached, since or ""))
