"""`report recurring`: what won deals bring by the month, by the year, and over their contracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from hub.opening import Hub
from hub.reporting import amounts
from hub.reporting.basis import reported_basis
from hub.reporting.period import Period, owner_of, pipeline_of
from sell_model.custom_fields import CustomField
from sell_model.errors import SetupError
from sell_model.money import from_minor
from sell_model.types import JsonObject
from storage.custom_fields import custom_fields
from storage.report_queries import DealChoice, Tenure, tenures

MONTHS_FIELD = "Contract months"
"""The custom field of deals that says for how many months a contract runs."""


@dataclass(slots=True)
class Recurring:
    """The won deals of one basis and currency."""

    value_basis: str | None
    currency: str
    deals: int = 0
    without_months: int = 0
    """Deals whose contract's length is not known: they have no TCV (of mrr) or no MRR (of contract_total)."""
    mrr: Fraction = field(default_factory=Fraction)
    """Minor units a month."""
    tcv: Fraction = field(default_factory=Fraction)
    """Minor units over the contracts."""

    def add(self, each: Tenure) -> None:
        """Add deals that run for the same number of months."""
        self.deals += each.deals
        months = read_months(each.months)
        if months is None:
            self.without_months += each.deals
        if each.value_basis == "contract_total":
            self.tcv += each.minor
            self.mrr += each.minor / months if months else 0
        else:
            self.mrr += each.minor
            self.tcv += each.minor * months if months else 0

    def row(self) -> dict[str, Any]:
        """Give the figures by name; each is rounded once, after adding."""
        mrr, arr, tcv = (amounts.nearest(amount) for amount in (self.mrr, 12 * self.mrr, self.tcv))
        return {
            "value_basis": self.value_basis,
            "currency": self.currency,
            "deals": self.deals,
            "mrr": from_minor(mrr, self.currency),
            "arr": from_minor(arr, self.currency),
            "tcv": from_minor(tcv, self.currency),
            "without_months": self.without_months,
        }


@dataclass(frozen=True, slots=True)
class RecurringReport:
    """Recurring revenue by basis and currency; neither is ever added to another."""

    period: Period
    pipeline: str | None
    owner: str | None
    value_basis: str | None
    lines: tuple[Recurring, ...]
    months_field: str

    @property
    def population(self) -> str:
        """Say which deals these are."""
        whose = f", owned by {self.owner}" if self.owner else ""
        return f"won deals of {self.pipeline or 'all pipelines'} closed {self.period.words}{whose}"

    @property
    def notes(self) -> list[str]:
        """Say what a reader would otherwise get wrong."""
        notes = []
        if self.value_basis is None and self.lines:
            notes.append(
                'nobody said what deal values are: in hub.toml, [hub] value_basis = "mrr" or "contract_total"; '
                "read as mrr here"
            )
        for line in self.lines:
            if line.value_basis not in (None, self.value_basis):
                notes.append(f"{line.deals:,} deals are {line.value_basis}, the account is {self.value_basis}")
            if line.without_months:
                missing = "MRR and ARR" if line.value_basis == "contract_total" else "TCV"
                notes.append(
                    f"{line.without_months:,} of {line.deals:,} deals in {line.currency} do not say their months "
                    f"(custom field {self.months_field!r}): they are not in {missing}"
                )
        return notes

    def to_json(self) -> JsonObject:
        """Give the object that `report recurring --json` prints."""
        return {
            "population": self.population,
            "period": self.period.to_json(),
            "pipeline": self.pipeline,
            "value_basis": self.value_basis,
            "months_field": self.months_field,
            "recurring": [line.row() for line in self.lines],
            "notes": self.notes,
        }


def report_recurring(
    hub: Hub, period: Period, pipeline: str | None, owner: str | None, months_field: str = MONTHS_FIELD
) -> RecurringReport:
    """Add up recurring revenue of won deals.

    Raises:
        SetupError: no such pipeline or owner, or no field can be called so.
    """
    if '"' in months_field:
        raise SetupError(f"--months {months_field}: no custom field has a quote in its name", fix="sellhub field list")
    since, before = period.bounds(hub)
    with hub.store.read() as db:
        found = pipeline_of(db, pipeline) if pipeline is not None else (None, None)
        chosen = DealChoice(found[0], "closed", since, before, owner_of(db, owner))
        months_field = called_now(custom_fields(db, "deal"), months_field)
        sums = tenures(db, chosen, months_field)
    account = hub.settings.hub.value_basis
    return RecurringReport(
        period,
        found[1],
        owner,
        reported_basis(account, (s.value_basis for s in sums)),
        _lines(sums, account),
        months_field,
    )


def called_now(fields: Iterable[CustomField], name: str) -> str:
    """Give the present name of a custom field that may have been renamed; one that is not defined keeps its own."""
    return next((field.name for field in fields if name in field.former_names), name)


def _lines(sums: Iterable[Tenure], account: str | None) -> tuple[Recurring, ...]:
    """Add up by basis and currency; values stored before the account chose a basis are of the account's."""
    lines: dict[tuple[str, str], Recurring] = {}
    for each in sums:
        basis = each.value_basis or account
        line = lines.setdefault((basis or "", each.currency), Recurring(basis, each.currency))
        line.add(Tenure(basis, each.currency, each.months, each.deals, each.minor))
    return tuple(lines[key] for key in sorted(lines, key=lambda k: (k[0] != account, k)))


def read_months(text: str | None) -> Fraction | None:
    """Read a number of months; None: it is none, or not above zero.

    >>> read_months("24"), read_months("1.5"), read_months("two years")
    (Fraction(24, 1), Fraction(3, 2), None)
    """
    try:
        months = Decimal(text or "")
    except InvalidOperation:
        return None
    return Fraction(months) if months.is_finite() and 0 < months < 10_000 else None
