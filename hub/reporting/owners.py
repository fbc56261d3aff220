"""`report owners`: what each owner has, worked on, and made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.opening import Hub
from hub.reporting import amounts
from hub.reporting.period import Period
from hub.reporting.worth import Worth, Worths, worths
from sell_model.types import JsonObject
from storage.report_leads import LeadChoice, LeadCounts, deals_by, leads_by, owner_names
from storage.report_queries import DealChoice


@dataclass(frozen=True, slots=True)
class OwnerFigures:
    """What one owner has."""

    name: str | None
    """None: what nobody owns."""
    email: str | None
    counts: LeadCounts
    worth: Worth
    currency: str

    def row(self) -> dict[str, Any]:
        """Give the figures by name; `value` is of the won deals, `open_value` of those still open."""
        won, still_open = self.worth.value("won"), self.worth.value("open")
        return {
            "owner": self.name,
            "email": self.email,
            "leads": self.counts.leads,
            "worked": self.counts.worked,
            "converted": self.counts.converted,
            "open": self.worth.count("open"),
            "won": self.worth.count("won"),
            "lost": self.worth.count("lost"),
            "unqualified": self.worth.count("unqualified"),
            "value": amounts.text_of(won, self.currency),
            "values": amounts.texts(won),
            "open_value": amounts.text_of(still_open, self.currency),
            "open_values": amounts.texts(still_open),
        }


@dataclass(frozen=True, slots=True)
class OwnersReport:
    """All owners of leads or deals, those with the most leads first."""

    period: Period
    owners: tuple[OwnerFigures, ...]
    found: Worths

    @property
    def population(self) -> str:
        """Say which records these are."""
        return f"leads and deals added {self.period.words}, by who owns them now"

    def to_json(self) -> JsonObject:
        """Give the object that `report owners --json` prints."""
        return {
            "population": self.population,
            "period": self.period.to_json(),
            "currency": self.found.currency,
            "owners": [each.row() for each in self.owners],
            "left_out": [each.to_json() for each in self.found.left_out],
            "notes": self.found.notes,
        }


def report_owners(hub: Hub, period: Period) -> OwnersReport:
    """Count leads and deals by who owns them now."""
    since, before = period.bounds(hub)
    with hub.store.read() as db:
        counts = {each.key: each for each in leads_by(db, LeadChoice(since, before), "owner")}
        deals = DealChoice(since=since, before=before)
        found = worths(hub, db, deals, deals_by(db, deals, "owner"))
        names = owner_names(db)
    figures = [
        OwnerFigures(name, email, _counts(counts, id_), found.by_key.get(id_, Worth()), found.currency)
        for id_ in {*counts, *found.by_key}
        for name, email in [names.get(id_, (None, None))]
    ]
    figures.sort(key=lambda f: (f.name is None, -f.counts.leads, -f.worth.count(), f.name or ""))
    return OwnersReport(period, tuple(figures), found)


def _counts(counts: dict[int | None, LeadCounts], id_: int | None) -> LeadCounts:
    return counts.get(id_, LeadCounts(id_, 0, 0, 0, 0))
