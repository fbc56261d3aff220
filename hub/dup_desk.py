"""Who may be one: a question explained, and what people answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.dup_listing import row_of
from hub.matching_model import model_of
from hub.merge_sides import COLUMN, Place, Side, Sort, ordered, side_by_id, side_of
from hub.merging import Merged, merge_within
from hub.opening import Hub
from hub.pair_weighing import weigh_pair
from hub.records import shown_id
from hub.weighing import Weighed
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import duplicates, identity, merges
from storage.duplicates import DuplicateRow


@dataclass(frozen=True, slots=True)
class Explained:
    """A pair with its waterfall, and what would come of making it one."""

    pair: DuplicateRow | None
    """The question, where it was asked."""
    one: Side
    other: Side
    weighed: Weighed | None
    """None: they are one by now, or nothing is left to compare."""
    result: Merged | None
    """Tried and taken back; None where they cannot be one."""
    obstacle: str = ""

    def to_json(self) -> JsonObject:
        """Give it as `dup show --json` prints it."""
        return {
            "id": self.pair.id if self.pair else None,
            "state": self.pair.state if self.pair else None,
            "decided_by": self.pair.decided_by if self.pair else None,
            "sort": self.one.sort,
            "records": [self.one.name, self.other.name],
            **(self.weighed.to_json() if self.weighed else {"comparisons": [], "bits": None}),
            "result": {**self.result.to_json(), "merge": None} if self.result else None,
            "obstacle": self.obstacle or None,
        }


def explain(hub: Hub, what: int | tuple[Place, Place]) -> Explained:
    """Explain a question, or any two records: the evidence as it is now, and what the result would be.

    Raises:
        SetupError: there is no such question or record.
    """
    with by_hand(hub, "dup show", dry_run=True, moves_links=True) as hand:
        one, other, row = _sides(hand, what)
        are_two = one.sort == other.sort and one.id != other.id
        weighed = weigh_pair(hand.db, model_of(hub.home), one.sort, one.id, other.id) if are_two else None
        try:
            ordered(one, other)
            result = merge_within(hand, _place(hand, one), _place(hand, other))
        except SetupError as error:
            return Explained(row, one, other, weighed, None, str(error))
        return Explained(row, one, other, weighed, result)


def _sides(hand: Hand, what: int | tuple[Place, Place]) -> tuple[Side, Side, DuplicateRow | None]:
    if isinstance(what, int):
        row = row_of(hand.db, what)
        sort = cast(Sort, row.sort)
        ids = [merges.survivor(hand.db, sort, id_) for id_ in (row.one_id, row.other_id)]
        one, other = (side_by_id(hand.db, sort, id_) for id_ in ids)
        return one, other, row
    one, other = (side_of(hand, place) for place in what)
    return one, other, duplicates.between(hand.db, one.sort, one.id, other.id) if one.sort == other.sort else None


def _place(hand: Hand, side: Side) -> Place:
    """A record that stands for a side.

    Raises:
        SetupError: it has none: all were deleted.
    """
    kinds: tuple[Kind, ...] = ("contact", "lead")
    for kind in kinds:
        if (row := side.first(kind)) is not None:
            return kind, row["id"]
    column = COLUMN[side.sort]
    gone = [(kind, id_) for kind in kinds for _, id_ in _records(hand, kind, column, side)]
    commands = [f"sellhub {kind} restore {shown_id(kind, id_)}" for kind, id_ in gone]
    raise SetupError(
        f"nothing is left of {side.name}: its records were deleted",
        fix=f"bring one back first: {' or '.join(commands)}" if commands else "nothing to do: it is there no more",
    )


def _records(hand: Hand, kind: Kind, column: str, side: Side) -> list[tuple[int, int]]:
    if side.sort == "company" and kind == "lead":
        return []
    return identity.records_in_sight(hand.db, kind, column, [side.id])


def answer_merge(
    hub: Hub,
    what: int | tuple[Place, Place],
    *,
    keep: Place | None = None,
    by: str | None = None,
    dry_run: bool = False,
) -> Merged:
    """Answer that two are one.

    Raises:
        SetupError: somebody else answered before, or they cannot be one.
    """
    with by_hand(hub, "dup merge", by=by, dry_run=dry_run, moves_links=True) as hand:
        one, other, row = _sides(hand, what)
        if isinstance(what, int) and row is not None:
            _expect_open(row, one, other)
        places = what if not isinstance(what, int) else (_place(hand, one), _place(hand, other))
        return merge_within(hand, *places, keep)


def merge_question(hand: Hand, row: DuplicateRow) -> Merged:
    """Make those one whom an open question is about, within something that is under way.

    Raises:
        SetupError: they cannot be one.
    """
    one, other, _ = _sides(hand, row.id)
    return merge_within(hand, _place(hand, one), _place(hand, other))


def _expect_open(row: DuplicateRow, one: Side, other: Side) -> None:
    """See that nobody has answered yet.

    Raises:
        SetupError: somebody has.
    """
    if row.state != "open":
        said = {"merged": "that they are one", "never": "that they are two"}[row.state]
        undo = {"merged": f"unmerge {one.name}", "never": f"merge {one.name} {other.name}"}[row.state]
        raise SetupError(
            f"question {row.id} was answered before: {row.decided_by} said at {row.decided_at} {said}",
            fix=f"nothing to do; if that was wrong: sellhub dup {undo}",
        )


def answer_never(
    hub: Hub, what: int | tuple[Place, Place], *, by: str | None = None, dry_run: bool = False
) -> tuple[str, str]:
    """Answer that two are two, for good: nobody is asked again; gives the records.

    Raises:
        SetupError: they are one already, or somebody answered otherwise before.
    """
    with by_hand(hub, "dup never", by=by, dry_run=dry_run, moves_links=True) as hand:
        one, other, row = _sides(hand, what)
        if isinstance(what, int) and row is not None and row.state == "merged":
            _expect_open(row, one, other)
        if one.sort == other.sort and one.id == other.id:
            raise SetupError(
                f"{one.name} is one by now", fix=f"make them two again first: sellhub dup unmerge {one.name}"
            )
        if one.sort == other.sort and (row is None or row.state != "never"):
            duplicates.settle(hand.db, one.sort, one.id, other.id, "never", hand.by, hand.now)
        return one.name, other.name
