"""`report funnel`: how many deals came how far, what they are worth, how long it took them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hub.opening import Hub
from hub.reporting import amounts
from hub.reporting.basis import LeftOut, is_added, reported_basis
from hub.reporting.period import EVER, Period, owner_of, pipeline_of, source_of
from hub.reporting.worth import left_out_of
from sell_model.funnel import RULES, Funnel, Outcome, Rule, Total, Walk, funnel
from sell_model.types import JsonObject
from storage import report_queries as queries
from storage.hot import Writer
from storage.report_queries import DealChoice, Went

Instalments: TypeAlias = Literal["each", "once"]
By: TypeAlias = Literal["added", "closed"]
OUTCOMES: tuple[Outcome, ...] = ("open", "won", "lost", "unqualified")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to see.

    Attributes:
        pipeline: its name; None: the first one.
        by: whether the period is of when deals were added or of when they were closed.
        owner: address or name, `none` for deals without one; None: everybody's.
        source: Sell's deal source; None: all.
        instalments: count each as a deal, as Sell does, or those of one deal once; values are added up either way.
    """

    pipeline: str | None = None
    rule: Rule = "reached"
    period: Period = EVER
    by: By = "added"
    owner: str | None = None
    source: str | None = None
    instalments: Instalments = "each"


@dataclass(frozen=True, slots=True)
class FunnelReport:
    """A funnel with what was asked and what must be said beside it."""

    question: Question
    pipeline: str
    counted: Funnel
    days: tuple[float | None, ...]
    """Median days in each stage; None: no deal ever stood there."""
    currency: str
    """What `value` is in."""
    value_basis: str | None
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    @property
    def deals(self) -> int:
        """How many deals the report is about."""
        return sum(total.count for total in self.counted.outcomes.values())

    @property
    def population(self) -> str:
        """Say which deals these are."""
        asked = self.question
        whose = f", owned by {asked.owner}" if asked.owner else ""
        source = f", from source {asked.source}" if asked.source else ""
        return f"deals of {self.pipeline} {asked.by} {asked.period.words}{whose}{source}"

    def rows(self) -> list[dict[str, Any]]:
        """Give a row per stage, and one per outcome, for a table or a spreadsheet."""
        rows = [self._stage(place) for place in range(len(self.counted.stages))]
        blank = dict.fromkeys(("step_conversion", "median_days"))
        outcomes = [{"stage": name, **self._total(self.counted.outcomes[name]), **blank} for name in OUTCOMES]
        return [*rows, *outcomes]

    def _stage(self, place: int) -> dict[str, Any]:
        rung, total = self.counted.stages[place]
        return {
            "stage": rung.name,
            **self._total(total),
            "step_conversion": self.counted.step(place),
            "median_days": self.days[place],
        }

    def _total(self, total: Total) -> dict[str, Any]:
        weighted = amounts.rounded(total.weighted)
        return {
            "count": total.count,
            "value": amounts.text_of(total.minor, self.currency),
            "weighted_value": amounts.text_of(weighted, self.currency),
            "values": amounts.texts(total.minor),
            "weighted_values": amounts.texts(weighted),
        }

    def to_json(self) -> JsonObject:
        """Give the object that `report funnel --json` prints."""
        asked = self.question
        return {
            "pipeline": self.pipeline,
            "rule": asked.rule,
            "rule_means": RULES[asked.rule],
            "population": {"by": asked.by, "deals": self.deals, "means": self.population},
            "period": asked.period.to_json(),
            "instalments": asked.instalments,
            "currency": self.currency,
            "value_basis": self.value_basis,
            "stages": [self._stage(place) for place in range(len(self.counted.stages))],
            **{name: self._total(self.counted.outcomes[name]) for name in OUTCOMES},
            "overall_conversion": self.counted.overall,
            "left_out": [each.to_json() for each in self.left_out],
            "notes": list(self.notes),
        }


def report_funnel(hub: Hub, question: Question) -> FunnelReport:
    """Count the deals of a pipeline by stage.

    Raises:
        SetupError: no such pipeline, owner or source.
    """
    with hub.store.read() as db:
        pipeline_id, pipeline = pipeline_of(db, question.pipeline)
        chosen = _chosen(hub, db, question, pipeline_id)
        rungs, places = queries.ladder(db, pipeline_id)
        went = queries.ways(db, chosen, places)
        days = queries.median_days(db, chosen, places, hub.now())
        basis = reported_basis(hub.settings.hub.value_basis, (w.value_basis for w in went))
        left_out = left_out_of(db, chosen, ((w.value_basis, w.currency, w.deals, w.minor) for w in went), basis)
    counted = funnel(rungs, [_walk(w, basis, question.instalments) for w in went], question.rule)
    return FunnelReport(
        question,
        pipeline,
        counted,
        tuple(days.get(place) for place, rung in enumerate(rungs) if rung.standing),
        amounts.main_currency((w.currency for w in went if w.currency), hub.settings.hub.currency),
        basis,
        left_out,
        tuple(_notes(went, question)),
    )


def _chosen(hub: Hub, db: Writer, question: Question, pipeline_id: int) -> DealChoice:
    since, before = question.period.bounds(hub)
    owner, source = owner_of(db, question.owner), source_of(db, question.source)
    return DealChoice(pipeline_id, question.by, since, before, owner, source)


def _walk(went: Went, basis: str | None, instalments: Instalments) -> Walk:
    count = went.deals if instalments == "each" else went.contracts
    if went.currency is None or not is_added(went.value_basis, basis):
        return Walk(went.places, went.outcome, count)
    return Walk(went.places, went.outcome, count, went.currency, went.minor, went.weighted)


def _notes(went: list[Went], question: Question) -> list[str]:
    """Say what a reader would otherwise get wrong."""
    notes = []
    currencies = sorted({w.currency for w in went if w.currency})
    if len(currencies) > 1:
        notes.append(f"values in {', '.join(currencies)} stand beside each other and are not added up")
    if parts := sum(w.deals - w.contracts for w in went):
        told = "each counts as a deal; --instalments once counts those of one deal once"
        told = told if question.instalments == "each" else "those of one deal count once"
        further = "1 deal is a further instalment" if parts == 1 else f"{parts:,} deals are further instalments"
        notes.append(f"{further} of others: {told}; their values add up to the whole")
    if nowhere := sum(w.deals for w in went if not w.places and w.outcome != "won"):
        what = "1 deal" if nowhere == 1 else f"{nowhere:,} deals"
        notes.append(f"{what} never stood in an open stage: counted in no stage, only in the outcome")
    return notes
