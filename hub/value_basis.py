"""What a deal's value is: monthly revenue or the contract's total; set right by hand where it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hub.by_hand import by_hand
from hub.opening import Hub
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.money import from_minor, to_minor
from sell_model.types import JsonObject, read_money

Basis: TypeAlias = Literal["mrr", "contract_total"]


@dataclass(frozen=True, slots=True)
class BasisSet:
    """A deal whose value is of another basis now."""

    id: int
    before: str | None
    value_basis: Basis
    value: str
    currency: str

    def to_json(self) -> JsonObject:
        """Give the object that `deal basis --json` prints."""
        return {
            "id": self.id,
            "value_basis": self.value_basis,
            "value": self.value,
            "currency": self.currency,
            "before": self.before,
        }


def set_basis(
    hub: Hub, deal_id: int, basis: Basis, value: str | None, *, by: str | None = None, dry_run: bool = False
) -> BasisSet:
    """Say what a deal's value is, and give it anew where it is another amount then.

    Raises:
        SetupError: no such deal, it has no value, or the amount is none.
    """
    with by_hand(hub, "deal basis", by=by, dry_run=dry_run) as hand:
        deal = hand.standing("deal", deal_id)
        if deal["value_minor"] is None and value is None:
            its = shown_id("deal", deal_id)
            raise SetupError(f"{its} has no value", fix=f"give it: sellhub deal basis {its} {basis} --value AMOUNT")
        currency = deal["currency"] or hub.settings.hub.currency
        edits: dict[str, Any] = {"value_basis": basis}
        if value is not None:
            edits |= {"value_minor": _minor(value, currency), "currency": currency}
        row = hand.edit("deal", deal_id, edits)
    text = from_minor(row["value_minor"], row["currency"])
    return BasisSet(deal_id, deal["value_basis"], basis, text, row["currency"])


def _minor(value: str, currency: str) -> int:
    try:
        return to_minor(read_money(value), currency)
    except ValueError as error:
        raise SetupError(f"--value {value!r}: {error}", fix=f"write it like 1250.50, in {currency}") from error
