"""Taking a conversion back: the lead is a lead again, and what the conversion made is gone.

It can be taken back while nothing was built on it. A sync that merely updated the contact is no obstacle:
what the lead's sources say goes back to the lead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub import customer_status
from hub.batch import Batch, Entity
from hub.by_hand import Hand, by_hand, intent_by_hand
from hub.conversion_edits import own_edits
from hub.conversion_heir import speaks
from hub.conversion_obstacles import Obstacles
from hub.key_keeping import renew_keys
from hub.opening import Hub
from hub.records import shown_id
from hub.rows import difference
from hub.taking import Taking
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import (
    activity_figures,
    canonical,
    conversions,
    hand_edits,
    journal,
    landing,
    turns,
    undoing,
)
from storage.canonical import CanonicalRow
from storage.conversions import ConversionRow
from storage.journal import Entry
from storage.landing import LinkRow

_STATUSES = ("customer_status", "prospect_status")


@dataclass(frozen=True, slots=True)
class Unconverted:
    """What taking a conversion back came to."""

    lead: int
    removed: dict[str, int]
    """`person`, `company`, `deal` → the record that the conversion had made and that is gone."""
    kept: dict[str, int]
    """`person`, `company` → the contact that had been there before and stays."""

    def to_json(self) -> JsonObject:
        """Give the object that `lead unconvert --json` prints."""
        return {"lead": self.lead, "removed": self.removed, "kept": self.kept}


def unconvert_lead(hub: Hub, lead_id: int, *, by: str | None = None, dry_run: bool = False) -> Unconverted:
    """Take the conversion of a lead back.

    Raises:
        SetupError: it was not converted, its source converted it, or something was built on what it became.
    """
    with by_hand(hub, "lead unconvert", by=by, dry_run=dry_run, moves_links=True) as hand:
        lead = canonical.load(hand.db, "lead", [lead_id], lock=True).get(lead_id)
        row = conversions.standing(hand.db, [lead_id]).get(lead_id)
        if lead is None or row is None:
            raise _not_converted(lead_id, lead)
        if (merge_id := row.details.get("merge")) is not None:
            its = shown_id("lead", lead_id)
            raise SetupError(
                f"{its} was not converted: it was merged into the contact of the same person",
                fix=f"take the merge back: sellhub dup unmerge {merge_id}",
            )
        if row.creator is None:
            its = shown_id("lead", lead_id)
            undo = f"sellhub run undo {row.run_id}" if row.run_id is not None else "see sellhub run list"
            raise SetupError(
                f"{its} was not converted by hand: its source made it a contact",
                fix=f"change it at its source, or take the run back that did it: {undo}",
            )
        undoing_it = _Unconverting(hand, lead, row, Obstacles(hand, row, lead))
        undoing_it.refuse_when_built_on()
        return undoing_it.unconvert()


def _not_converted(lead_id: int, lead: CanonicalRow | None) -> SetupError:
    its = shown_id("lead", lead_id)
    if lead is None:
        return SetupError(f"there is no lead {its}", fix="sellhub lead list")
    if lead["gone_at_source"] == "converted":
        return SetupError(f"{its} was converted by its source, not by hand", fix="change it at its source and sync it")
    return SetupError(f"{its} is not converted", fix=f"sellhub lead show {its}")


@dataclass(slots=True)
class _Unconverting:
    """One conversion being taken back, within its transaction; `unconvert` reads downwards."""

    hand: Hand
    lead: CanonicalRow
    row: ConversionRow
    obstacles: Obstacles
    _removed: set[tuple[str, int]] = field(init=False)
    _keeping: list[int] = field(default_factory=list)
    """The contacts that were there before."""

    def __post_init__(self) -> None:
        self._removed = {(kind, id_) for kind, id_ in self.obstacles.made()}
        ids = (self.row.individual_id, self.row.organization_id)
        self._keeping = [id_ for id_ in ids if id_ is not None and ("contact", id_) not in self._removed]

    def refuse_when_built_on(self) -> None:
        """Refuse with everything that was built on the conversion.

        Raises:
            SetupError: there is something.
        """
        if found := self.obstacles.all():
            its = shown_id("lead", self.lead["id"])
            raise SetupError(
                f"the conversion of {its} cannot be taken back, since something was built on it: {'; '.join(found)}",
                fix="take these back first, or leave the lead converted",
            )

    def unconvert(self) -> Unconverted:
        """Do it all."""
        showing = [("lead", self.lead["id"]), *(("contact", id_) for id_ in self._keeping)]
        self._remove("deal")
        self._restore_contacts()
        self._return_links()
        self._remove("contact")
        undoing.delete_source_records(self.hand.db, self._details("made"))
        ids = {"person": self.row.individual_id, "company": self.row.organization_id, "deal": self.row.deal_id}
        conversions.undo(self.hand.db, self.row.id, {**self.row.details, "led_to": ids}, self.hand.now)
        activity_figures.refresh(self.hand.db, showing)
        there = {what: id_ for what, id_ in ids.items() if id_ is not None}
        new = self._details("new")
        return Unconverted(
            self.lead["id"],
            {what: id_ for what, id_ in there.items() if what in new},
            {what: id_ for what, id_ in there.items() if what not in new},
        )

    def _details(self, name: str) -> list[Any]:
        return list(self.row.details.get(name, ()))

    def _remove(self, kind: str) -> None:
        """Remove the records that the conversion made; their turns are given back, destinations let go of them."""
        hand, db = self.hand, self.hand.db
        ids = [id_ for its, id_ in self._removed if its == kind]
        rows = canonical.load(db, kind, ids)
        hand.journal += [Entry("removed", kind, id_, row["version"], row) for id_, row in rows.items()]
        undoing.forget_queued(db, kind, ids)
        lines = [(name, kind, id_, "delete", hand.run_id, hand.now) for name, id_ in undoing.delivered(db, kind, ids)]
        undoing.queue(db, lines)
        turns.give_back_open(db, kind, ids, hand.now)
        undoing.delete_records(db, kind, ids)
        companies = [row["company_id"] for row in rows.values() if row.get("company_id") is not None]
        undoing.delete_records(db, "company", companies)
        if kind == "deal":
            customer_status.refresh(db, self._keeping, hand.now, hand.journal)

    def _restore_contacts(self) -> None:
        """Put back what the conversion set on contacts that were there, but for what is another by now.

        What their sources say is computed anew afterwards; here it is about what no source says.
        """
        db, hand = self.hand.db, self.hand
        own = [(kind, id_, name) for kind, id_, name in own_edits(db, self.row) if id_ in self._keeping]
        for kind, id_, name in own:
            edit = hand_edits.hand_edits(db, kind, [id_]).get(id_, {}).get(name)
            if edit is not None and edit.edited_at <= self.row.created_at:
                hand_edits.release(db, kind, id_, [name])
        for id_, row in canonical.load(db, "contact", self._keeping, lock=True).items():
            restored = {**row, **self._as_before(id_, row)}
            if before := difference(row, restored):
                restored["version"] = row["version"] + 1
                canonical.update(db, "contact", [restored], hand.now)
                hand.journal.append(journal.changed("contact", id_, restored["version"], before))

    def _as_before(self, id_: int, row: CanonicalRow) -> CanonicalRow:
        """Give the columns that stand as the conversion left them, as they stood before."""
        changed: dict[str, list[Any]] = self.row.details.get("changed", {}).get(str(id_), {})
        back = {name: old for name, (old, new) in changed.items() if row[name] == new}
        back |= {n: None for n in _STATUSES if n in changed and changed[n][0] is None and row[n] == "none"}
        others = [each for each in conversions.led_to(self.hand.db, "contact", id_) if each.id != self.row.id]
        if any(each.individual_id is None for each in others):
            back.pop("person_id", None)  # others who were known by the company alone are this person
        return back

    def _return_links(self) -> None:
        """Let what fed the lead feed it again, and compute it and the contacts anew."""
        db, hand, lead_id = self.hand.db, self.hand, self.lead["id"]
        went = {(source_record_id, mapping) for source_record_id, mapping in self._details("links")}
        links = landing.links(db, {source_record_id for source_record_id, _ in went})
        links = [k for k in links if (k.source_record_id, k.mapping) in went and k.record_type == "contact"]
        batch = Batch(hand.now, hand.run_id, [], by=hand.by)
        lead = batch.entity("lead", lead_id)
        self._mark(lead, links)
        batch.moved = [(link, lead) for link in links]
        for id_ in {*self._keeping, *(k.record_id for k in links if ("contact", k.record_id) not in self._removed)}:
            batch.entity("contact", id_)
        Taking(db, intent_by_hand(hand.hub, db), batch).settle()
        self._return_keys(links)
        hand.journal += batch.journal

    def _mark(self, lead: Entity, links: list[LinkRow]) -> None:
        """Say why the lead is gone at its source, if it is: nothing speaks for it then to say that it is there."""
        if not speaks(links, landing.live(self.hand.db, {k.source_record_id for k in links}).values()):
            lead.forced = {"gone_at_source": self.row.details.get("before") or ("deleted" if links else "left")}

    def _return_keys(self, links: list[LinkRow]) -> None:
        """Let keys that led to another person, whose company it was too, lead to the lead's own again."""
        rows = canonical.load(self.hand.db, "contact", {k.record_id for k in links})
        elsewhere = (k for k in links if rows[k.record_id]["person_id"] not in (None, self.lead["person_id"]))
        renew_keys(self.hand.db, [link.source_record_id for link in elsewhere])
