"""`report speed`: how long a lead waits, from its source's own time, until it is here, owned, and worked on."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from hub.opening import Hub
from hub.reporting.period import Period
from sell_model.spread import Spread, spread
from sell_model.types import JsonObject
from storage.report_leads import LeadChoice, Wait, waits

Measure: TypeAlias = Literal["arrival", "owner", "first_activity"]
MEASURES: dict[Measure, str] = {
    "arrival": "until it was here",
    "owner": "until it had an owner",
    "first_activity": "until something was done",
}
ALL = "all"
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Lag:
    """How long the leads of one system waited for something."""

    system: str | None
    """A source of hub.toml or of an import; `all` of them together; None: it is not known."""
    measure: Measure
    spread: Spread

    def row(self) -> dict[str, Any]:
        """Give its figures by name."""
        return {
            "source": self.system,
            "measure": self.measure,
            "count": self.spread.count,
            "median_seconds": round(self.spread.median, 3),
            "p90_seconds": round(self.spread.p90, 3),
        }


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """Waiting times of all leads, then by the system that brought them first."""

    period: Period
    lags: tuple[Lag, ...]

    @property
    def population(self) -> str:
        """Say which leads these are, and from when time counts."""
        return f"leads added {self.period.words}; time counts from when the source says a lead was added"

    def rows(self) -> list[dict[str, Any]]:
        """Give a row per source and measure."""
        return [lag.row() for lag in self.lags]

    def to_json(self) -> JsonObject:
        """Give the object that `report speed --json` prints."""
        return {"population": self.population, "period": self.period.to_json(), "speed": self.rows()}


def report_speed(hub: Hub, period: Period) -> SpeedReport:
    """Measure how long leads waited.

    What never happened is not measured; what happened before the lead was added counts as at once.
    """
    with hub.store.read() as db:
        spans = _spans(waits(db, LeadChoice(*period.bounds(hub))))
    systems = sorted({system for system, _ in spans}, key=lambda name: (name is None, name or ""))
    lags = [_lag(ALL, measure, (piece for (_, of), piece in spans.items() if of == measure)) for measure in MEASURES]
    lags += [_lag(name, measure, [spans.get((name, measure), array("q"))]) for name in systems for measure in MEASURES]
    return SpeedReport(period, tuple(lag for lag in lags if lag is not None))


def _spans(found: Iterable[Wait]) -> dict[tuple[str | None, Measure], array[int]]:
    """Gather what leads waited, in microseconds."""
    spans: dict[tuple[str | None, Measure], array[int]] = {}
    for wait in found:
        began = datetime.fromisoformat(wait.began)
        for measure in MEASURES:
            if (moment := getattr(wait, measure)) is not None:
                waited = max(0, (datetime.fromisoformat(moment) - began) // _MICROSECOND)
                spans.setdefault((wait.system, measure), array("q")).append(waited)
    return spans


def _lag(system: str | None, measure: Measure, spans: Iterable[array[int]]) -> Lag | None:
    found = spread(spans)
    return Lag(system, measure, found) if found else None
