"""Who stands beside a deal, as people say: they add contacts with their roles, and take contacts away.

What they say is a hand edit of the deal, so it holds whatever its sources list.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from hub.records import existing, shown_id
from hub.rows import BESIDE
from sell_model.errors import SetupError
from sell_model.types import TEXT_LENGTH, JsonObject
from storage import associations, hand_edits, journal, stories
from storage.stories import Beside

INVOLVED = "involved"
"""Sell's own and only role."""


@dataclass(frozen=True, slots=True)
class BesideDeal:
    """The contacts beside a deal, as they are then."""

    id: int
    contacts: list[Beside]
    changed: bool

    def to_json(self) -> JsonObject:
        """Give the object that `deal contacts add --json` prints."""
        contacts = [
            {"contact_id": c.contact_id, "name": c.name, "role": c.role, "is_primary": c.is_primary}
            for c in self.contacts
        ]
        return {"id": self.id, "contacts": contacts, "changed": self.changed}


def listed(hub: Hub, id_: int) -> BesideDeal:
    """List who stands beside a deal.

    Raises:
        SetupError: there is no such deal.
    """
    with hub.store.read() as db:
        existing(db, "deal", id_)
        return BesideDeal(id_, stories.beside(db, id_), changed=False)


def add(
    hub: Hub, id_: int, contact_id: int, role: str = INVOLVED, *, by: str | None = None, dry_run: bool = False
) -> BesideDeal:
    """Put a contact beside a deal, or give one that stands there another role.

    Raises:
        SetupError: there is no such deal or contact, or the role is no single line of 255 characters at most.
    """
    if not role.strip() or len(role) > TEXT_LENGTH or "\n" in role:
        raise SetupError(
            f"{role[:40]!r} is not a role", fix=f"one line of up to {TEXT_LENGTH} characters, like involved"
        )
    with by_hand(hub, "deal contacts add", by=by, dry_run=dry_run) as hand:
        hand.standing("deal", id_)
        hand.standing("contact", contact_id)
        edit = _edit(hand, id_)
        edit["add"][str(contact_id)] = role.strip()
        edit["remove"] = [each for each in edit["remove"] if each != contact_id]
        return _kept(hand, id_, edit)


def remove(hub: Hub, id_: int, contact_id: int, *, by: str | None = None, dry_run: bool = False) -> BesideDeal:
    """Take a contact away from beside a deal, also one that its source lists there.

    Raises:
        SetupError: the contact does not stand there, is the primary one, or a relation record of its own says so.
    """
    with by_hand(hub, "deal contacts remove", by=by, dry_run=dry_run) as hand:
        row = hand.standing("deal", id_)
        there = associations.listed(hand.db, [id_])
        found = there.get((id_, contact_id))
        its, whose = shown_id("contact", contact_id), shown_id("deal", id_)
        if row["contact_id"] == contact_id:
            fix = f"make another one the primary contact first: sellhub deal edit {whose} contact=C-ID"
            raise SetupError(f"{its} is the primary contact of {whose}: every deal has one", fix=fix)
        if found is None:
            known = ", ".join(shown_id("contact", each) for _, each in there) or "nobody"
            raise SetupError(f"{its} does not stand beside {whose}", fix=f"beside it: {known}")
        if found[5] == "record":
            _refuse_relation(hand, found[0], its, whose)
        edit = _edit(hand, id_)
        edit["add"].pop(str(contact_id), None)
        edit["remove"] = sorted({*edit["remove"], contact_id})
        return _kept(hand, id_, edit)


def _refuse_relation(hand: Hand, association_id: int, its: str, whose: str) -> None:
    feeds = ", ".join(feed.name for feed in stories.feeds(hand.db, "association", association_id))
    raise SetupError(
        f"{its} stands beside {whose} because a relation record says so: {feeds}",
        fix="remove it there, and sync that source",
    )


def _edit(hand: Hand, id_: int) -> JsonObject:
    """Give what people said until now of who stands beside a deal."""
    standing = hand_edits.hand_edits(hand.db, "deal", [id_]).get(id_, {}).get(BESIDE)
    return standing.value if standing else {"add": {}, "remove": []}


def _kept(hand: Hand, id_: int, edit: JsonObject) -> BesideDeal:
    before = stories.beside(hand.db, id_)
    row = hand.edit("deal", id_, {BESIDE: edit})
    after = stories.beside(hand.db, id_)
    if before != after:
        told = {BESIDE: [[each.contact_id, each.role] for each in before]}
        hand.journal.append(journal.changed("deal", id_, row["version"], told))
    return BesideDeal(id_, after, before != after)
