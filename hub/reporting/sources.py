"""`report sources`: what comes of leads and deals, by where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.opening import Hub
from hub.reporting import amounts
from hub.reporting.period import Period
from hub.reporting.worth import Worth, Worths, worths
from sell_model.funnel import share
from sell_model.types import JsonObject
from storage.report_leads import Key, LeadChoice, LeadCounts, deals_by, leads_by
from storage.report_queries import DealChoice


@dataclass(frozen=True, slots=True)
class Origin:
    """What came of one source."""

    name: str | None
    """None: records that do not say where they come from."""
    counts: LeadCounts
    worth: Worth
    currency: str

    @property
    def qualified(self) -> float | None:
        """The converted as a share of all leads."""
        return share(self.counts.converted, self.counts.leads)

    def row(self) -> dict[str, Any]:
        """Give its figures by name."""
        won = self.worth.value("won")
        return {
            "source": self.name,
            "leads": self.counts.leads,
            "converted": self.counts.converted,
            "unqualified": self.counts.unqualified,
            "qualified": self.qualified,
            "deals": self.worth.count(),
            "won": self.worth.count("won"),
            "value": amounts.text_of(won, self.currency),
            "values": amounts.texts(won),
        }


@dataclass(frozen=True, slots=True)
class SourcesReport:
    """The same leads and deals twice: by Sell's field Source, and by the system that brought them first."""

    period: Period
    sources: tuple[Origin, ...]
    systems: tuple[Origin, ...]
    found: Worths

    @property
    def population(self) -> str:
        """Say which records these are."""
        return f"leads and deals added {self.period.words}"

    def to_json(self) -> JsonObject:
        """Give the object that `report sources --json` prints."""
        return {
            "population": self.population,
            "period": self.period.to_json(),
            "currency": self.found.currency,
            "sources": [each.row() for each in self.sources],
            "systems": [each.row() for each in self.systems],
            "left_out": [each.to_json() for each in self.found.left_out],
            "notes": self.found.notes,
        }


def report_sources(hub: Hub, period: Period) -> SourcesReport:
    """Count leads and deals by where they come from."""
    since, before = period.bounds(hub)
    leads, deals = LeadChoice(since, before), DealChoice(since=since, before=before)

    def by(key: Key) -> tuple[tuple[Origin, ...], Worths]:
        found = worths(hub, db, deals, deals_by(db, deals, key))
        return _origins({each.key: each for each in leads_by(db, leads, key)}, found), found

    with hub.store.read() as db:
        sources, found = by("source")
        systems, _ = by("system")
    return SourcesReport(period, sources, systems, found)


def _origins(counts: dict[Any, LeadCounts], found: Worths) -> tuple[Origin, ...]:
    names = {*counts, *found.by_key}
    origins = [
        Origin(name, counts.get(name, LeadCounts(name, 0, 0, 0, 0)), found.by_key.get(name, Worth()), found.currency)
        for name in names
    ]
    return tuple(sorted(origins, key=lambda o: (-o.counts.leads, -o.worth.count(), o.name is None, o.name or "")))
