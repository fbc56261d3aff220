"""Reports: what they count, what they add up, what they say beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from sell_model.draft import Draft, Ref

INCOMING, QUALIFIED, QUOTE, CLOSURE, WON, UNQUALIFIED, LOST = range(1, 8)
"""The stages of the default pipeline, by id."""

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(hub: Hub, *, days: float = 0) -> Hub:
    """Give the hub at another time."""
    return replace(hub, clock=lambda: START + timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal as a test tells it.

    Attributes:
        stages: where it stood, in order; the last is where it stands.
        added: days from START on which it was added.
    """

    stages: Sequence[int] = (INCOMING,)
    value: str | None = "100"
    currency: str = "USD"
    owner: str | None = None
    source: str | None = None
    added: float = 0
    likelihood: int | None = None


def sell(hub: Hub, *sales: Sale) -> list[int]:
    """Make deals by hand and move them on; gives their ids."""
    with by_hand(hub, "deal add", by="mei@example.com") as hand:
        contact = hand.add(Draft("contact", {"last_name": "Li"}))
        return [_sold(hand, contact, sale) for sale in sales]


def _sold(hand: Hand, contact: int, sale: Sale) -> int:
    added = (START + timedelta(days=sale.added)).isoformat().replace("+00:00", "Z")
    fields = {"name": "Rollout", "added_at": added, "customized_win_likelihood": sale.likelihood}
    if sale.value is not None:
        fields |= {"value": sale.value, "currency": sale.currency}
    refs = {"contact": Ref("contact", str(contact)), "stage": Ref("stage", str(sale.stages[0]))}
    if sale.owner:
        refs["owner"] = Ref("owner", sale.owner)
    if sale.source:
        refs["source"] = Ref("source", sale.source, otherwise="create")
    draft = Draft("deal", {name: value for name, value in fields.items() if value is not None}, refs)
    id_ = hand.add(draft)
    for stage in sale.stages[1:]:
        hand.edit("deal", id_, {"stage_id": stage})
    return id_
