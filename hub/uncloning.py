"""Taking a split back: the deal has the whole value again, its instalments are deleted."""

from __future__ import annotations

from dataclasses import dataclass

from hub.by_hand import by_hand
from hub.opening import Hub
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.money import from_minor
from sell_model.types import JsonObject
from storage import canonical
from storage.canonical import CanonicalRow
from storage.instalments import parts_of

_NAMED = 10


@dataclass(frozen=True, slots=True)
class Whole:
    """A deal that was split and is whole again."""

    id: int
    value: str
    currency: str
    deleted: tuple[int, ...]

    def to_json(self) -> JsonObject:
        """Give the object that `deal unclone --json` prints."""
        return {"id": self.id, "value": self.value, "currency": self.currency, "deleted": list(self.deleted)}


def unclone(hub: Hub, deal_id: int, *, by: str | None = None, dry_run: bool = False) -> Whole:
    """Make a deal whole again: it gets the sum of its instalments, the others are deleted.

    Raises:
        SetupError: it was not split, or its instalments went ways of their own since.
    """
    with by_hand(hub, "deal unclone", by=by, dry_run=dry_run) as hand:
        deal = hand.standing("deal", deal_id)
        if deal["part"] != 1:
            raise _not_split(deal)
        ids = [part.id for part in parts_of(hand.db, deal_id)]
        rows = canonical.load(hand.db, "deal", ids, lock=True)
        _expect_together(deal, rows)
        others = tuple(id_ for id_ in ids if id_ != deal_id)
        for id_ in others:
            # Restored one day, it is a deal beside this one, not a part of it.
            hand.edit("deal", id_, {"deleted_at": hand.now, "part": None, "parts": None})
        total = sum(row["value_minor"] for row in rows.values())
        hand.edit("deal", deal_id, {"part": None, "parts": None})
        # It was the split that held these. Where the source says the same, it speaks again.
        row = hand.release("deal", deal_id, ["value_minor", "currency", "part", "parts"])
        if (row["value_minor"], row["currency"]) != (total, deal["currency"]):
            hand.edit("deal", deal_id, {"value_minor": total, "currency": deal["currency"]})
    return Whole(deal_id, from_minor(total, deal["currency"]), deal["currency"], others)


def _not_split(deal: CanonicalRow) -> SetupError:
    its = shown_id("deal", deal["id"])
    if deal["part"]:
        whole = shown_id("deal", deal["cloned_from_id"])
        return SetupError(f"{its} is a part of {whole}", fix=f"take the split back there: sellhub deal unclone {whole}")
    return SetupError(f"{its} was not split into parts", fix=f"sellhub deal show {its}")


def _expect_together(deal: CanonicalRow, rows: dict[int, CanonicalRow]) -> None:
    """Refuse where taking back would lose what happened to an instalment."""
    its = shown_id("deal", deal["id"])
    if len(rows) != deal["parts"]:
        fix = f"bring them back: sellhub deal restore ID; or set its value: sellhub deal edit {its} value=AMOUNT"
        raise SetupError(
            f"{its} was split into {deal['parts']} parts, of which {deal['parts'] - len(rows)} are deleted: "
            "the whole is not known any more",
            fix=fix,
        )
    apart = [
        shown_id("deal", row["id"])
        for row in rows.values()
        if (row["stage_id"], row["currency"]) != (deal["stage_id"], deal["currency"]) or row["value_minor"] is None
    ]
    bases = {row["value_basis"] for row in rows.values()} - {None}
    if len(bases) > 1 and not apart:
        raise SetupError(
            f"the parts of {its} are worth {' and '.join(sorted(bases))}: these are never added up",
            fix=f"give them one basis first: sellhub deal basis ID {min(bases)} --value AMOUNT",
        )
    if apart:
        more = ", …" if len(apart) > _NAMED else ""
        raise SetupError(
            f"{', '.join(apart[:_NAMED])}{more} stand in another stage than {its}, or in another currency",
            fix=f"move them back first: sellhub deal move {apart[0]} STAGE",
        )
