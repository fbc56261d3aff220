"""Monthly revenue and contract totals are never added up: values of another basis than the account's stay out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.records import shown_id
from hub.reporting import amounts
from sell_model.types import JsonObject

WORDS = {"mrr": "monthly recurring revenue (mrr)", "contract_total": "contract totals (contract_total)"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Deals whose value is something else than the account's values are."""

    value_basis: str
    deals: int
    minor: dict[str, int]
    ids: tuple[int, ...]
    """The first of them."""
    account_basis: str | None

    @property
    def text(self) -> str:
        """Say which they are, and what becomes of them."""
        total = " + ".join(f"{text} {currency}" for currency, text in amounts.texts(self.minor).items())
        first = ", ".join(shown_id("deal", id_) for id_ in self.ids)
        named = f" ({first}{', …' if self.deals > len(self.ids) else ''})" if self.ids else ""
        what = "1 deal is" if self.deals == 1 else f"{self.deals:,} deals are"
        theirs = "its value is" if self.deals == 1 else "their values are"
        return f"{what} {self.value_basis}{named}: counted, but {theirs} not added in: {total or 'nothing'}"

    @property
    def fix(self) -> str:
        """Give the way out."""
        if self.account_basis is None:
            return 'say what deal values are: in hub.toml, [hub] value_basis = "mrr" or "contract_total"'
        some = shown_id("deal", self.ids[0]) if self.ids else "ID"
        return f"give the value as {self.account_basis}: sellhub deal basis {some} {self.account_basis} --value AMOUNT"

    def to_json(self) -> JsonObject:
        """Give the object that `--json` prints."""
        return {
            "value_basis": self.value_basis,
            "deals": self.deals,
            "values": amounts.texts(self.minor),
            "ids": list(self.ids),
            "why": self.text,
            "fix": self.fix,
        }


def reported_basis(account: str | None, found: Iterable[str | None]) -> str | None:
    """Tell which basis a report adds up: the account's; where it says none, the only one that its deals have.

    Values without a basis were stored before the account chose one, and count as the account's.
    """
    distinct = {basis for basis in found if basis is not None}
    return account or (next(iter(distinct)) if len(distinct) == 1 else None)


def is_added(basis: str | None, reported: str | None) -> bool:
    """Whether a value of this basis is added up in a report of that one."""
    return basis is None or basis == reported
