"""Which days, whose records, from where: what a report is about, read from what people type."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from sell_model.types import JsonObject, utc_text
from storage import roster
from storage.hot import Writer

NOBODY = "none"
"""As an owner: records without one."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days in the hub's time zone, both ends included; None: open at that end."""

    first: date | None = None
    last: date | None = None

    def bounds(self, hub: Hub) -> tuple[str | None, str | None]:
        """Give the first moment of the period and the first after it, as stored times."""
        zone = ZoneInfo(hub.context.timezone)
        after = self.last + timedelta(days=1) if self.last else None
        since, before = (datetime.combine(d, time(), zone) if d else None for d in (self.first, after))
        return utc_text(since) if since else None, utc_text(before) if before else None

    def to_json(self) -> JsonObject:
        """Give the days as `from` and `to`."""
        return {"from": str(self.first) if self.first else None, "to": str(self.last) if self.last else None}

    @property
    def words(self) -> str:
        """Say the period, to stand after a verb."""
        if self.first and self.last:
            return f"from {self.first} to {self.last}"
        if self.first:
            return f"since {self.first}"
        return f"until {self.last}" if self.last else "at any time"


EVER = Period()


def read_period(first: str | None, last: str | None) -> Period:
    """Read the days of a period.

    Raises:
        SetupError: not a date, or the last lies before the first.
    """
    period = Period(_day("--from", first), _day("--to", last))
    if period.first and period.last and period.last < period.first:
        raise SetupError(f"--to {last} lies before --from {first}", fix="swap them: both days are part of the period")
    if period.last == date.max:
        raise SetupError(f"--to {last} is the last day that there is", fix="leave --to out: then the period is open")
    if period.first == date.min:
        raise SetupError(
            f"--from {first} is the first day that there is", fix="leave --from out: then the period is open"
        )
    return period


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SetupError(f"{option} {text!r} is not a date", fix="write it like 2026-01-31") from error


def owner_of(db: Writer, text: str | None) -> int | None:
    """Find the user whose records are meant; 0: records without an owner, None: everybody's.

    Raises:
        SetupError: nobody bears this address or name, or several do.
    """
    if text is None:
        return None
    if text == NOBODY:
        return 0
    users = roster.users(db)
    wanted = text.strip().casefold()
    found = [u.id for u in users if (u.email or "").casefold() == wanted] or [
        u.id for u in users if u.name and folded(u.name) == folded(text)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise SetupError(f"--owner {text!r}: {len(found)} users are called that", fix="name one by the e-mail address")
    raise _unknown("--owner", text, [u.email or u.name or "" for u in users], "nobody bears this address or name")


def source_of(db: Writer, text: str | None, record_type: str = "deal") -> int | None:
    """Find Sell's source of that name; None: of all.

    Raises:
        SetupError: no source of these records is called that.
    """
    return None if text is None else _named("--source", text, roster.named(db, "source", record_type))


def pipeline_of(db: Writer, text: str | None) -> tuple[int, str]:
    """Find a pipeline by name, its id and name; without a name the first one. `Sales` may be the `Sales Pipeline`.

    Raises:
        SetupError: no pipeline is called that.
    """
    known = roster.pipelines(db)
    if text is None and known:
        name, id_ = next(iter(known.items()))
        return id_, name
    named, whole = {folded(name) for name in known if name}, f"{text} pipeline"
    short = folded(text or "") not in named and folded(whole) in named
    id_ = _named("--pipeline", whole if short else text or "", known)
    return id_, next(name for name, its in known.items() if its == id_)


def _named(option: str, text: str, known: Mapping[str, int]) -> int:
    found = {folded(name): id_ for name, id_ in known.items() if name}
    if folded(text) in found:
        return found[folded(text)]
    raise _unknown(option, text, list(known), "there is none of that name")


def _unknown(option: str, text: str, known: list[str], why: str) -> SetupError:
    near = difflib.get_close_matches(text, known, 1, 0.5)
    shown = ", ".join(sorted(known)[:8]) or "none yet"
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return SetupError(f"{option} {text!r}: {why}{hint}", fix=f"known: {shown}")
