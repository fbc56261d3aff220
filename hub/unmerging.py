"""Making two again of what was merged by hand: each with what fed it, with its values, owner and relations.

What came in after the merge goes where it belongs: to whom it is more like. The pair is noted as two for
good, so that nobody is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from hub.activity_moves import move_along
from hub.batch import Batch, Entity
from hub.by_hand import Hand, by_hand, intent_by_hand
from hub.key_keeping import renew_keys
from hub.merge_sides import COLUMN, Place, Sort, expect_mergeable, side_of
from hub.newcomers import Newcomers
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
    duplicates,
    hand_edits,
    journal,
    landing,
    merges,
    questions,
    references,
    turns,
    undoing,
)
from storage.canonical import CanonicalRow
from storage.landing import LinkRow
from storage.merges import MergeRow


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What taking a merge back came to."""

    id: int
    restored: list[str]
    """The records that stand by themselves again."""
    kept: list[str]
    """Those that had stood for both."""
    newcomers: dict[str, str]
    """Source record that came after the merge → the record that it feeds now."""

    def to_json(self) -> JsonObject:
        """Give the object that `dup unmerge --json` prints."""
        return {"merge": self.id, "restored": self.restored, "kept": self.kept, "newcomers": self.newcomers}


def unmerge(hub: Hub, what: int | Place, *, by: str | None = None, dry_run: bool = False) -> Unmerged:
    """Take a merge back.

    Args:
        what: the merge's id, or a record of either: then the latest merge that it had a part in.

    Raises:
        SetupError: there is no such merge, or it was taken back before.
    """
    with by_hand(hub, "dup unmerge", by=by, dry_run=dry_run, moves_links=True) as hand:
        return take_back(hand, _merge_of(hand, what))


def take_back(hand: Hand, row: MergeRow, *, asks_again: bool = False) -> Unmerged:
    """Take a merge back within something that is under way.

    Args:
        asks_again: the pair is a question again; without, it is two for good, since a person says so.

    Raises:
        SetupError: what stands by itself again cannot stand as it did, such as below a company that is below it by now.
    """
    return _Unmerging(hand, row, asks_again).unmerge()


def _merge_of(hand: Hand, what: int | Place) -> MergeRow:
    if isinstance(what, int):
        row = merges.by_id(hand.db, what)
        if row is None:
            raise SetupError(f"there is no merge {what}", fix="sellhub dup list --state merged")
        if row.undone_at is not None:
            raise SetupError(
                f"merge {what} was taken back before, by {row.undone_by} at {row.undone_at}",
                fix=f"nothing to do; to see the two: sellhub dup list --state never --of {row.sort}",
            )
        return row
    expect_mergeable(what)
    kind, id_ = what
    loaded = canonical.load(hand.db, kind, [id_]).get(id_)
    if loaded is None or loaded["merged_into"] is None:
        side = side_of(hand, what)
        found = merges.standing(hand.db, side.sort, [side.id])
    else:
        sort: Sort = "company" if loaded.get("is_organization") else "person"
        found = [m for m in merges.standing(hand.db, sort, [loaded[COLUMN[sort]]]) if _absorbed(m, what)]
    if not found:
        raise SetupError(
            f"{shown_id(kind, id_)} was never merged by hand with another one",
            fix=f"what a sync joined, and why: sellhub {kind} why {shown_id(kind, id_)}; sellhub run undo takes that "
            "back, and what a source made one is made two there",
        )
    return found[0]


def _absorbed(merge: MergeRow, place: Place) -> bool:
    return [*place] in [line[:2] for line in merge.details.get("absorbed", ())]


@dataclass(slots=True)
class _Unmerging:
    """One merge being taken back, within its transaction; `unmerge` reads downwards."""

    hand: Hand
    row: MergeRow
    asks_again: bool
    sort: Sort = field(init=False)
    _moved: dict[int, str] = field(default_factory=dict)
    """Source records whose links moved now, and the record that each feeds."""
    _gone: list[tuple[LinkRow, Entity]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sort = cast(Sort, self.row.sort)

    def unmerge(self) -> Unmerged:
        """Do it all."""
        db, hand = self.hand.db, self.hand
        merges.set_merged_into(db, self.sort, self.row.loser_id, None, hand.now)
        staying = self._staying()
        beside = references.pointing_at(db, [id_ for kind, id_ in staying if kind == "contact"])
        newcomers = Newcomers(db, hand.hub, self.row).told_apart(self._now_at(staying))
        self._restore_rows()
        self._release_edits(staying)
        self._put_values_back()
        self._return_links(newcomers, staying)
        restored = self._restored()
        batch = Batch(hand.now, hand.run_id, [], by=hand.by)
        for kind, id_ in (*restored, *staying, *beside):
            batch.entity(kind, id_)
        for kind, id_ in self._lines("adopted"):
            batch.entity(kind, id_).forced = {COLUMN[self.sort]: self.row.loser_id}
        for lead_id, *_, before in self._lines("converted"):
            batch.entity("lead", lead_id).forced = {"gone_at_source": before}
        Taking(db, intent_by_hand(hand.hub, db), batch).settle()
        hand.journal += batch.journal
        self._move_activities()
        renew_keys(db, {line[0] for line in (*self._lines("links"), *self._lines("stayed"))} | self._moved.keys())
        activity_figures.follow(db, [*restored, *staying])
        merges.mark_undone(db, self.row.id, hand.by, hand.now)
        self._settle()
        self._ask_again()
        self._tell_destinations([*restored, *staying])
        new = {link.source_record_id for link in newcomers}
        names = landing.names(db, new)
        return Unmerged(
            self.row.id,
            [shown_id(*place) for place in restored],
            [shown_id(*place) for place in staying],
            {names[id_]: self._moved[id_] for id_ in sorted(new)},
        )

    def _settle(self) -> None:
        pair = self.row.winner_id, self.row.loser_id
        if self.asks_again:
            questions.ask_once_more(self.hand.db, self.sort, *pair)
        else:
            duplicates.settle(self.hand.db, self.sort, *pair, "never", self.hand.by, self.hand.now)

    def _ask_again(self) -> None:
        """Let questions that followed the merge be about whom they were."""
        for was in self.row.details.get("asked", ()):
            followed = duplicates.Followed(**was)
            who = partial(merges.survivor, self.hand.db, self.sort)
            duplicates.ask_again(self.hand.db, self.sort, self.row.winner_id, followed, who)

    def _tell_destinations(self, places: list[Place]) -> None:
        """Send what stands again, and what stands otherwise, whatever of it was put back and what computed anew."""
        hand = self.hand
        names = hand.hub.settings.destinations
        undoing.queue(hand.db, [(name, *place, "upsert", hand.run_id, hand.now) for name in names for place in places])

    def _lines(self, name: str) -> list[list[Any]]:
        return list(self.row.details.get(name, ()))

    def _restored(self) -> list[Place]:
        absorbed: list[Place] = [(kind, id_) for kind, id_, _ in self._lines("absorbed")]
        adopted: list[Place] = [(kind, id_) for kind, id_ in self._lines("adopted")]
        return [*absorbed, *adopted, *(("lead", lead_id) for lead_id, *_ in self._lines("converted"))]

    def _staying(self) -> list[Place]:
        """The records that stand for both: the winner's, or what those were merged into since."""
        into: list[Place] = [(kind, to) for kind, _, to in self._lines("absorbed")]
        into += [("contact", contact_id) for _, contact_id, *_ in self._lines("converted")]
        return sorted({(kind, canonical.survivor(self.hand.db, kind, id_)) for kind, id_ in into})

    def _now_at(self, staying: Iterable[Place]) -> list[LinkRow]:
        return [link for kind, id_ in staying for link in landing.links_to(self.hand.db, kind, [id_])]

    def _restore_rows(self) -> None:
        db, hand = self.hand.db, self.hand
        for kind, id_, _ in self._lines("absorbed"):
            row = canonical.load(db, kind, [id_], lock=True)[id_]
            version = row["version"] + 1
            canonical.update(db, kind, [{**row, "merged_into": None, "version": version}], hand.now)
            hand.journal.append(journal.changed(kind, id_, version, {"merged_into": row["merged_into"]}))
            turns.take_again(db, kind, [id_], self.row.merged_at)
        conversions.drop(db, [conversion_id for _, _, conversion_id, _ in self._lines("converted")])

    def _release_edits(self, staying: list[Place]) -> None:
        """Take back the edits that the merge copied, but for what people set anew since."""
        db = self.hand.db
        for kind, id_, name, was in self._lines("edits"):
            place = (kind, canonical.survivor(db, kind, id_))
            edit = hand_edits.hand_edits(db, kind, [place[1]]).get(place[1], {}).get(name)
            if place not in staying or edit is None or edit.edited_at > self.row.merged_at:
                continue
            hand_edits.release(db, kind, place[1], [name])
            if was is not None:
                value, by, at = was
                hand_edits.hold_again(db, kind, place[1], name, value, by, at)

    def _put_values_back(self) -> None:
        """Let columns that stand as the merge left them be as before; what sources say is computed anew afterwards."""
        db, hand = self.hand.db, self.hand
        for kind, id_, changed in self._lines("changed"):
            row = canonical.load(db, kind, [id_], lock=True).get(id_)
            if row is None or row.get("merged_into") is not None:
                continue
            back: CanonicalRow = {name: old for name, (old, new) in changed.items() if row[name] == new}
            restored = {**row, **back}
            if before := difference(row, restored):
                restored["version"] = row["version"] + 1
                canonical.update(db, kind, [restored], hand.now)
                hand.journal.append(journal.changed(kind, id_, restored["version"], before))

    def _return_links(self, newcomers: dict[LinkRow, Place], staying: list[Place]) -> None:
        """Let what fed the loser feed it again, unless it feeds another one by now, and what came since its own."""
        db = self.hand.db
        wanted: dict[tuple[int, str], Place] = {(line[0], line[1]): (line[2], line[3]) for line in self._lines("links")}
        there = landing.links(db, {id_ for id_, _ in wanted})
        going = {
            link: wanted[link.source_record_id, link.mapping]
            for link in there
            if (link.source_record_id, link.mapping) in wanted and (link.record_type, link.record_id) in staying
        }
        going |= newcomers
        rows = [(kind, id_, link.source_record_id, link.mapping) for link, (kind, id_) in going.items()]
        db.update("link", ("record_type", "record_id"), ("source_record_id", "mapping"), rows)
        for link, (kind, id_) in going.items():
            entry = [link.mapping, link.record_id, id_]
            self.hand.journal.append(journal.Entry("moved", "link", link.source_record_id, None, entry))
            self._moved[link.source_record_id] = shown_id(kind, id_)
            self._gone.append((link, Entity(kind, id_)))

    def _move_activities(self) -> None:
        """What sources noted about whoever went back goes along."""
        hand = self.hand
        trail = Batch(hand.now, hand.run_id, [], by=hand.by, moved=self._gone)
        move_along(hand.db, trail, Taking(hand.db, intent_by_hand(hand.hub, hand.db), trail).resolver_of)
        hand.journal += trail.journal
