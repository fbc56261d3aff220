"""Records deleted by hand: out of sight until they are restored; what sources bring of them goes on to them.

Matching still finds them, so that a sync never brings them back. Sell itself deletes for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from hub.record_changes import name_of
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import canonical, hand_edits
from storage.deletions import deals_with

DELETED = "deleted_at"
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Gone:
    """A record that was deleted, or is back."""

    kind: Kind
    id: int
    name: str
    deleted: bool

    def to_json(self) -> JsonObject:
        """Give the object that `delete --json` and `restore --json` print."""
        return {"record_type": self.kind, "id": self.id, "name": self.name, "deleted": self.deleted}


def delete(hub: Hub, kind: Kind, ids: Sequence[int], *, by: str | None = None, dry_run: bool = False) -> list[Gone]:
    """Delete records by hand, all of them or none.

    Raises:
        SetupError: one is not there, or is a contact with deals: Sell's rule is that these go first.
    """
    with by_hand(hub, f"{kind} delete", by=by, dry_run=dry_run) as hand:
        return [_deleted(hand, kind, id_) for id_ in dict.fromkeys(ids)]


def _deleted(hand: Hand, kind: Kind, id_: int) -> Gone:
    row = hand.standing(kind, id_)
    if kind == "contact":
        _expect_no_deals(hand, id_)
    hand.edit(kind, id_, {DELETED: hand.now})
    return Gone(kind, id_, name_of(row), deleted=True)


def _expect_no_deals(hand: Hand, id_: int) -> None:
    """Source: Zendesk help, "Deleting leads and contacts"."""
    deals = deals_with(hand.db, id_, _NAMED + 1)
    if deals:
        named = ", ".join(f"{shown_id('deal', deal.id)} {deal.name or ''}".rstrip() for deal in deals[:_NAMED])
        more = " and more" if len(deals) > _NAMED else ""
        beside = [deal for deal in deals if deal.is_beside]
        its = shown_id("contact", id_)
        fix = "delete the deals first, or give them to another contact: sellhub deal edit ID contact=C-5"
        if beside:
            fix += f"; take it from beside a deal: sellhub deal contacts {shown_id('deal', beside[0].id)} remove {its}"
        raise SetupError(f"{its} has deals and cannot be deleted: {named}{more}", fix=fix)


def restore(hub: Hub, kind: Kind, ids: Sequence[int], *, by: str | None = None, dry_run: bool = False) -> list[Gone]:
    """Bring deleted records back, all of them or none, as they are by now.

    Raises:
        SetupError: one is not there or was not deleted, or is a deal whose contact is deleted.
    """
    with by_hand(hub, f"{kind} restore", by=by, dry_run=dry_run) as hand:
        return [_restored(hand, kind, id_) for id_ in dict.fromkeys(ids)]


def _restored(hand: Hand, kind: Kind, id_: int) -> Gone:
    row = canonical.load(hand.db, kind, [id_], lock=True).get(id_)
    if row is None:
        raise SetupError(f"there is no {kind} {shown_id(kind, id_)}", fix=f"sellhub {kind} list")
    if row[DELETED] is None:
        raise SetupError(
            f"{shown_id(kind, id_)} was not deleted by hand", fix=f"sellhub {kind} show {shown_id(kind, id_)}"
        )
    if kind == "deal":
        hand.standing("contact", canonical.survivor(hand.db, "contact", row["contact_id"]))
    hand_edits.keep_hand_edits(hand.db, kind, id_, {DELETED: None}, hand.by, hand.now)
    hand.recompute([(kind, id_)])
    hand_edits.release(hand.db, kind, id_, [DELETED])
    return Gone(kind, id_, name_of(row), deleted=False)
