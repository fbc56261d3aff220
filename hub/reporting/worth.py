"""What deals of one source or owner come to: how many, in which outcome, worth what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.opening import Hub
from hub.reporting import amounts
from hub.reporting.basis import LeftOut, is_added, reported_basis
from storage import report_queries as queries
from storage.hot import Writer
from storage.report_leads import DealSums
from storage.report_queries import DealChoice


@dataclass(slots=True)
class Worth:
    """Counts and sums by outcome."""

    deals: dict[str, int] = field(default_factory=dict)
    """Outcome → how many."""
    minor: dict[str, dict[str, int]] = field(default_factory=dict)
    """Outcome → minor units by currency."""

    def count(self, *outcomes: str) -> int:
        """Count deals: of these outcomes, or all."""
        return sum(n for outcome, n in self.deals.items() if not outcomes or outcome in outcomes)

    def value(self, outcome: str) -> Mapping[str, int]:
        """Give the sums of an outcome by currency."""
        return self.minor.get(outcome, {})


@dataclass(frozen=True, slots=True)
class Worths:
    """What the deals of each key come to, and what was left out of the sums."""

    by_key: dict[Any, Worth]
    currency: str
    """What `value` is in."""
    left_out: tuple[LeftOut, ...]
    currencies: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """Say what a reader would otherwise get wrong."""
        if len(self.currencies) < 2:
            return []
        return [f"values in {', '.join(self.currencies)} stand beside each other and are not added up"]


def worths(hub: Hub, db: Writer, chosen: DealChoice, sums: Iterable[DealSums]) -> Worths:
    """Gather sums by key; values of another basis than the account's stay out."""
    found = list(sums)
    basis = reported_basis(hub.settings.hub.value_basis, (each.value_basis for each in found))
    by_key: dict[Any, Worth] = {}
    for each in found:
        worth = by_key.setdefault(each.key, Worth())
        worth.deals[each.outcome] = worth.deals.get(each.outcome, 0) + each.deals
        if each.currency and is_added(each.value_basis, basis):
            minor = worth.minor.setdefault(each.outcome, {})
            minor[each.currency] = minor.get(each.currency, 0) + each.minor
    currencies = sorted({each.currency for each in found if each.currency})
    main = amounts.main_currency(currencies, hub.settings.hub.currency)
    left_out = left_out_of(db, chosen, ((e.value_basis, e.currency, e.deals, e.minor) for e in found), basis)
    return Worths(by_key, main, left_out, tuple(currencies))


def left_out_of(
    db: Writer,
    chosen: DealChoice,
    sums: Iterable[tuple[str | None, str | None, int, int]],
    basis: str | None,
) -> tuple[LeftOut, ...]:
    """Gather what must not be added in.

    Args:
        sums: value basis, currency, deals, minor units.
        basis: the one that the report adds up.
    """
    deals: dict[str, int] = {}
    minor: dict[str, dict[str, int]] = {}
    for other, currency, count, amount in sums:
        if other is None or other == basis:
            continue
        deals[other] = deals.get(other, 0) + count
        its = minor.setdefault(other, {})
        if currency is not None:
            its[currency] = its.get(currency, 0) + amount
    return tuple(
        LeftOut(other, deals[other], minor[other], tuple(queries.of_basis(db, chosen, other)), basis)
        for other in sorted(deals)
    )
