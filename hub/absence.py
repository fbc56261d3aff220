"""Absences: who is away from all pools, from one day to another, in the hub's time zone."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.opening import Hub
from hub.pool_changes import known_user, nobody_left
from sell_model.errors import SetupError
from sell_model.types import JsonObject, utc_text
from storage import absences, pool_listing, roster
from storage.absences import AwayRow
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class Absence:
    """A time for which somebody is away, in whole days of the hub's time zone."""

    user: str
    email: str | None
    first: str
    """The first day, `YYYY-MM-DD`; with the time of day where it did not begin at midnight."""
    last: str | None
    """The last day; None: until further notice."""
    reason: str | None
    now: bool
    """Whether it has begun."""

    def to_json(self) -> JsonObject:
        """Give it as `pool away --json` prints it."""
        return {
            "user": self.user,
            "email": self.email,
            "from": self.first,
            "to": self.last,
            "reason": self.reason,
            "now": self.now,
        }


@dataclass(slots=True)
class AbsenceChange:
    """What was noted, and what was taken back."""

    email: str
    noted: list[Absence] = field(default_factory=list)
    cleared: list[Absence] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give it as `pool away EMAIL … --json` prints it."""
        noted, cleared = ([a.to_json() for a in some] for some in (self.noted, self.cleared))
        return {"email": self.email, "noted": noted, "cleared": cleared, "remarks": self.remarks}


def list_absences(hub: Hub, email: str | None = None) -> list[Absence]:
    """List the absences that are not over, of one user or of all; at most 500.

    Raises:
        SetupError: nobody has that address.
    """
    with hub.store.read() as db:
        user_id = known_user(db, email) if email is not None else None
        return [_told(hub, row) for row in absences.absences(db, hub.now(), user_id)]


def send_away(
    hub: Hub, email: str, first: str | None, last: str | None, reason: str | None = None, *, dry_run: bool = False
) -> AbsenceChange:
    """Note that a user is away from the first day to the last, both included, and gets nothing from any pool.

    Args:
        first: `YYYY-MM-DD` in the hub's time zone; None: from now on.
        last: `YYYY-MM-DD`; None: until further notice.

    Raises:
        SetupError: no such user, no such day, or an absence that would be over before it begins.
    """
    zone = _zone(hub)
    starts = _midnight(first, zone, "--from") if first else hub.clock()
    ends = _midnight(last, zone, "--to", after=True) if last else None
    if ends is not None and ends <= max(starts, hub.clock()):
        begins = f"it begins, {first}" if first and starts > hub.clock() else "today"
        raise SetupError(f"--to {last}: this is before {begins}", fix="name the last day away, today or later")
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        user_id = known_user(db, email)
        before = {row.id for row in absences.absences(db, hub.now(), user_id)}
        absences.add_absence(db, user_id, utc_text(starts), utc_text(ends) if ends else None, reason)
        new = [row for row in absences.absences(db, hub.now(), user_id) if row.id not in before]
        return AbsenceChange(email, [_told(hub, row) for row in new], remarks=_left_alone(hub, db, user_id))


def call_back(hub: Hub, email: str, *, dry_run: bool = False) -> AbsenceChange:
    """Let a user have turns again: an absence that has begun ends now, one to come is forgotten.

    Raises:
        SetupError: no such user.
    """
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        now = hub.now()
        rows = absences.absences(db, now, known_user(db, email))
        absences.end_absences(db, [row.id for row in rows if row.starts_at <= now], now)
        absences.drop_absences(db, [row.id for row in rows if row.starts_at > now])
        return AbsenceChange(email, cleared=[_told(hub, row) for row in rows])


def _left_alone(hub: Hub, db: Writer, user_id: int) -> list[str]:
    """Name the pools in which nobody is available now that this user is away."""
    theirs = [
        pool for pool in roster.pools(db) if any(m.user_id == user_id for m in roster.members(db, pool.id, hub.now()))
    ]
    return [
        nobody_left(db, pool)
        for pool in theirs
        if not any(row.available for row in pool_listing.pool_members(db, pool.id, hub.now()))
    ]


def _zone(hub: Hub) -> ZoneInfo:
    return ZoneInfo(hub.context.timezone)


def _midnight(text: str, zone: ZoneInfo, option: str, *, after: bool = False) -> datetime:
    """Give the moment at which a day begins, or, as the end of an absence, the one after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise SetupError(f"{option} {text!r} is no day", fix=f"write it as YYYY-MM-DD: {option} 2026-12-24") from error
    return datetime.combine(day + timedelta(days=after), time.min, zone)


def _told(hub: Hub, row: AwayRow) -> Absence:
    zone = _zone(hub)
    starts = datetime.fromisoformat(row.starts_at).astimezone(zone)
    at = starts.date().isoformat() if starts.time() == time.min else starts.strftime("%Y-%m-%d %H:%M")
    last = None
    if row.ends_at is not None:
        ends = datetime.fromisoformat(row.ends_at).astimezone(zone)
        last = (ends - timedelta(microseconds=1)).date().isoformat()
    return Absence(row.user, row.email, at, last, row.reason, row.starts_at <= hub.now())
