"""Merging by hand: two people, or two companies, are one from now on; nothing of it is lost.

The loser's records keep their rows, marked with what they were merged into; what fed them feeds the
winner's. All that it takes to make them two again is kept with the merge: `hub.unmerging` reads it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from hub.batch import Batch, Kind
from hub.by_hand import Hand, by_hand, intent_by_hand
from hub.conversion_edits import copy_edits
from hub.key_keeping import renew_keys
from hub.matching_model import model_of
from hub.meant import expect_no_circle
from hub.merge_sides import COLUMN, Place, Side, ordered, side_of
from hub.opening import Hub
from hub.pair_weighing import keep_in_step
from hub.records import shown_id
from hub.rows import difference
from hub.taking import Taking
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import (
    activity_figures,
    canonical,
    conversions,
    duplicates,
    hand_edits,
    journal,
    landing,
    merges,
    references,
)
from storage.canonical import CanonicalRow
from storage.conversions import ConversionRow
from storage.merges import MergeRow

_POINTING = frozenset({"contact_id", "organization_id", "parent_organization_id"})


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge came to."""

    id: int
    sort: str
    kept: list[str]
    """The records that stand for both now, such as `C-2`."""
    absorbed: dict[str, str]
    """Record → what it is part of now."""
    changed: dict[str, dict[str, list[Any]]]
    """Record that stays → its columns that changed: before, now."""

    def to_json(self) -> JsonObject:
        """Give the object that `dup merge --json` prints."""
        return {
            "merge": self.id, "sort": self.sort, "kept": self.kept, "absorbed": self.absorbed, "changed": self.changed,
        }  # fmt: skip


def merge(
    hub: Hub, one: Place, other: Place, *, keep: Place | None = None, by: str | None = None, dry_run: bool = False
) -> Merged:
    """Make two records' people, or companies, one.

    Args:
        keep: which of the two stays; None: the contact, else the one known longer.

    Raises:
        SetupError: they cannot be one; the text says why.
    """
    with by_hand(hub, "dup merge", by=by, dry_run=dry_run, moves_links=True) as hand:
        return merge_within(hand, one, other, keep)


def merge_within(hand: Hand, one: Place, other: Place, keep: Place | None = None) -> Merged:
    """Merge within something done by hand; raises what `merge` does."""
    sides = side_of(hand, one), side_of(hand, other)
    if one == other:
        raise SetupError(
            f"{shown_id(*one)} cannot be merged with itself",
            fix=f"name two records; who may be one with it: {sides[0].command('why')}",
        )
    if keep is not None and keep not in {one, other}:
        raise SetupError(
            f"--keep {shown_id(*keep)}: it is neither {shown_id(*one)} nor {shown_id(*other)}",
            fix=f"keep one of the two, or leave --keep out: then {ordered(*sides)[0].name} stays",
        )
    kept = None if keep is None else sides[(one, other).index(keep)]
    winner, loser = ordered(*sides, keep=kept)
    return _Merging(hand, winner, loser).merge()


@dataclass(slots=True)
class _Merging:
    """One merge within its transaction; `merge` reads downwards."""

    hand: Hand
    winner: Side
    loser: Side
    batch: Batch = field(init=False)
    details: dict[str, list[Any]] = field(default_factory=dict)
    _absorbed: dict[Place, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.batch = Batch(self.hand.now, self.hand.run_id, [], by=self.hand.by)

    def merge(self) -> Merged:
        """Do it all."""
        db, hand = self.hand.db, self.hand
        self._expect_none_above()
        id_ = next(db.allocate("merge", 1))
        self._note_links()
        for kind in ("contact", "lead"):
            for row in self.loser.records.get(kind, ()):
                self._place(id_, kind, row)
        merges.set_merged_into(db, self.winner.sort, self.loser.id, self.winner.id, hand.now)
        staying = [(kind, row) for kind, rows in self.winner.records.items() for row in rows]
        for kind, row in staying:
            self.batch.entity(kind, row["id"])
        beside = self._pointing()
        Taking(db, intent_by_hand(hand.hub, db), self.batch).settle()
        hand.journal += self.batch.journal
        renew_keys(db, {link[0] for link in self.details["links"]})
        activity_figures.follow(db, [(kind, row["id"]) for kind, row in staying])
        changed = self._changes(staying)
        pointed = self._changes(beside, _POINTING)
        self.details["changed"] = [[*place, what] for place, what in (changed | pointed).items()]
        kept = MergeRow(
            id_, self.winner.sort, self.winner.id, self.loser.id, hand.run_id, hand.by, hand.now, details=self.details
        )
        merges.keep(db, kept)
        duplicates.settle(db, self.winner.sort, self.winner.id, self.loser.id, "merged", hand.by, hand.now)
        asked = duplicates.follow_merge(db, self.winner.sort, self.winner.id, self.loser.id)
        still_open = duplicates.open_about(db, self.winner.sort, self.winner.id)
        keep_in_step(db, model_of(hand.hub.home), still_open)
        if asked:
            merges.note(db, id_, {**self.details, "asked": [asdict(each) for each in asked]})
        return Merged(
            id_,
            self.winner.sort,
            [shown_id(kind, row["id"]) for kind, row in staying],
            {shown_id(*from_): shown_id(*to) for from_, to in self._absorbed.items()},
            {shown_id(*place): what for place, what in changed.items()},
        )

    def _expect_none_above(self) -> None:
        """See that no company would come to belong to itself.

        Raises:
            SetupError: one of them belongs to the other, over however many steps.
        """
        sides = self.winner.first("contact"), self.loser.first("contact")
        if self.winner.sort == "company" and all(sides):
            one, other = (row["id"] for row in sides if row is not None)
            for below, above in ((one, other), (other, one)):
                try:
                    expect_no_circle(self.hand.db, above, below)
                except SetupError as error:
                    its, whose = shown_id("contact", below), shown_id("contact", above)
                    raise SetupError(
                        f"{its} belongs to {whose}: one company cannot be above itself",
                        fix=f"if they are one, first: sellhub contact edit {its} parent_company=",
                    ) from error

    def _note(self, name: str, line: list[Any]) -> None:
        self.details.setdefault(name, []).append(line)

    def _note_links(self) -> None:
        """Note who fed whom, and what was the last to come: what comes later is told apart by it."""
        self.details["last"] = [landing.last_id(self.hand.db)]
        for name, side in (("links", self.loser), ("stayed", self.winner)):
            self.details[name] = [
                [link.source_record_id, link.mapping, kind, link.record_id]
                for kind, rows in side.records.items()
                for link in landing.links_to(self.hand.db, kind, [row["id"] for row in rows])
            ]

    def _place(self, merge_id: int, kind: Kind, row: CanonicalRow) -> None:
        contact = self.winner.first("contact")
        if (target := self.winner.first(kind)) is not None:
            self._absorb(kind, row, target)
        elif kind == "lead" and contact is not None:
            self._convert(merge_id, row, contact)
        else:
            self.batch.entity(kind, row["id"]).forced = {COLUMN[self.winner.sort]: self.winner.id}
            self._note("adopted", [kind, row["id"]])

    def _absorb(self, kind: Kind, row: CanonicalRow, target: CanonicalRow) -> None:
        db, hand, version = self.hand.db, self.hand, row["version"] + 1
        canonical.update(db, kind, [{**row, "merged_into": target["id"], "version": version}], hand.now)
        hand.journal.append(journal.changed(kind, row["id"], version, {"merged_into": None}))
        self._move_links(kind, row["id"], kind, target)
        self._copy_edits(kind, row["id"], target["id"])
        self.batch.absorbed.append((kind, row["id"]))
        self._absorbed[kind, row["id"]] = (kind, target["id"])
        self._note("absorbed", [kind, row["id"], target["id"]])
        if target["owner_id"] is None and row["owner_id"] is not None:
            self.batch.entity(kind, target["id"]).forced = {"owner_id": row["owner_id"]}

    def _pointing(self) -> list[tuple[Kind, CanonicalRow]]:
        """What points at contacts that are part of others now: it is with those from now on."""
        absorbed = [id_ for kind, id_ in self._absorbed if kind == "contact"]
        places = sorted(references.pointing_at(self.hand.db, absorbed)) if absorbed else []
        for kind, id_ in places:
            self.batch.entity(kind, id_)
        return [(kind, canonical.load(self.hand.db, kind, [id_])[id_]) for kind, id_ in places]

    def _convert(self, merge_id: int, lead: CanonicalRow, contact: CanonicalRow) -> None:
        """The lead is the contact's past from now on, as one that was converted."""
        db, hand = self.hand.db, self.hand
        self.batch.entity("lead", lead["id"]).forced = {"gone_at_source": "converted"}
        self._move_links("lead", lead["id"], "contact", contact)
        copied = copy_edits(db, lead["id"], contact["id"], has_owner=contact["owner_id"] is not None)
        for name in copied:
            self._note("edits", ["contact", contact["id"], name, None])
        if contact["owner_id"] is None and lead["owner_id"] is not None:
            self.batch.entity("contact", contact["id"]).forced = {"owner_id": lead["owner_id"]}
        id_ = next(db.allocate("conversion", 1))
        told = {"merge": merge_id}
        row = ConversionRow(id_, lead["id"], contact["id"], None, None, None, hand.now, hand.run_id, told)
        conversions.keep(db, [row])
        self._absorbed["lead", lead["id"]] = ("contact", contact["id"])
        self._note("converted", [lead["id"], contact["id"], id_, lead["gone_at_source"]])

    def _move_links(self, kind: Kind, id_: int, to: Kind, target: CanonicalRow) -> None:
        entity = self.batch.entity(to, target["id"])
        self.batch.moved += [(link, entity) for link in landing.links_to(self.hand.db, kind, [id_])]

    def _copy_edits(self, kind: Kind, from_: int, to: int) -> None:
        """What people set on the loser holds on the winner, but for what they set there."""
        found = hand_edits.hand_edits(self.hand.db, kind, [from_, to])
        there = found.get(to, {})
        for name, edit in found.get(from_, {}).items():
            before = there.get(name)
            if before is None or name == "tags":
                value = edit.value if before is None else _both(before.value, edit.value)
                hand_edits.keep_hand_edits(self.hand.db, kind, to, {name: value}, edit.edited_by, edit.edited_at)
                was = None if before is None else [before.value, before.edited_by, before.edited_at]
                self._note("edits", [kind, to, name, was])

    def _changes(
        self, records: list[tuple[Kind, CanonicalRow]], only: frozenset[str] | None = None
    ) -> dict[Place, dict[str, list[Any]]]:
        """What the merge changed on records: column → before, now."""
        found: dict[Place, dict[str, list[Any]]] = {}
        for kind, row in records:
            after = canonical.load(self.hand.db, kind, [row["id"]])[row["id"]]
            names = difference(row, after).keys() - {"version", "updated_at"}
            names &= names if only is None else only
            if names:
                found[kind, row["id"]] = {name: [row[name], after[name]] for name in sorted(names)}
        return found


def _both(one: JsonObject, other: JsonObject) -> JsonObject:
    """Unite what people did to the tags of two records; the winner's word goes where they differ."""
    added = [tag for tag in other["add"] if tag not in one["remove"]]
    removed = [tag for tag in other["remove"] if tag not in one["add"]]
    return {
        "add": list(dict.fromkeys([*one["add"], *added])),
        "remove": list(dict.fromkeys([*one["remove"], *removed])),
    }
