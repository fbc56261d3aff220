"""Who may be one: the questions that matching leaves to people, each explained; and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from hub.by_hand import Hand, by_hand
from hub.matching_model import model_of
from hub.merge_sides import COLUMN, Place, Side, Sort, ordered, side_by_id, side_of
from hub.merging import Merged, merge_within
from hub.opening import Hub
from hub.records import shown_id
from hub.weighing import Weighed, parts_text, weigh
from sell_model.errors import SetupError
from sell_model.matching.evidence import probability
from sell_model.types import JsonObject
from storage import canonical, duplicates, merges
from storage.canonical import CanonicalRow
from storage.duplicates import DuplicateRow
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class Pair:
    """A question as people read it."""

    row: DuplicateRow
    one: JsonObject
    """Record, name, e-mail, phone, company."""
    other: JsonObject

    def to_json(self) -> JsonObject:
        """Give it as `dup list --json` prints it."""
        return {
            "id": self.row.id,
            "sort": self.row.sort,
            "records": [self.one, self.other],
            "bits": round(self.row.bits, 2),
            "probability": round(probability(self.row.bits), 6),
            "guard": self.row.guard or None,
            "why": parts_text(self.row.parts),
            "state": self.row.state,
            "asked_at": self.row.asked_at,
            "decided_by": self.row.decided_by,
            "decided_at": self.row.decided_at,
        }


def listed(
    hub: Hub, *, state: str = "open", sort: str | None = None, limit: int = 50, after: int | None = None
) -> list[Pair]:
    """List questions, the likeliest first.

    Args:
        after: the id of the last one of the page before.

    Raises:
        SetupError: there is none of that id to go on after.
    """
    with hub.store.read() as db:
        below = None
        if after is not None:
            last = _row(db, after)
            below = (last.bits, last.id)
        rows = duplicates.of_state(db, state, limit, sort=sort, below=below)
        faces = _Faces(db, rows)
        return [Pair(row, faces.of(row.sort, row.one_id), faces.of(row.sort, row.other_id)) for row in rows]


def count_open(hub: Hub) -> int:
    """Count the questions that wait for an answer."""
    with hub.store.read() as db:
        return duplicates.count_open(db)


def _row(db: Writer, id_: int) -> DuplicateRow:
    row = duplicates.by_id(db, id_)
    if row is None:
        raise SetupError(f"there is no question {id_}", fix="sellhub dup list")
    return row


class _Faces:
    """How the identities of many pairs are shown: each by its contact, else by its lead."""

    def __init__(self, db: Writer, rows: list[DuplicateRow]) -> None:
        self._db = db
        self._shown: dict[tuple[str, int], JsonObject] = {}
        sorts: tuple[Sort, ...] = ("person", "company")
        for sort in sorts:
            ids = {id_ for row in rows if row.sort == sort for id_ in (row.one_id, row.other_id)}
            kinds = ("contact", "lead") if sort == "person" else ("contact",)
            for kind in kinds:
                found = canonical.load_where(db, kind, f"{COLUMN[sort]} IN {{in}}", ids) if ids else {}
                for id_, each in sorted(found.items()):
                    if each["merged_into"] is None and each["deleted_at"] is None:
                        self._shown.setdefault((sort, each[COLUMN[sort]]), face_json(kind, id_, each))

    def of(self, sort: str, identity_id: int) -> JsonObject:
        """Give one; of what was merged into another one, that one."""
        shown = self._shown.get((sort, identity_id))
        if shown is None:
            survivor = merges.survivor(self._db, sort, identity_id)
            side = side_by_id(self._db, cast(Sort, sort), survivor)
            kind = "contact" if side.first("contact") else "lead"
            row = side.first(kind)  # type: ignore[arg-type]
            shown = face_json(kind, row["id"], row) if row else {"record": None, "name": f"{sort} {identity_id}"}
        return shown


def face_json(kind: str, id_: int, row: CanonicalRow) -> JsonObject:
    """Show a record in few words."""
    name = row.get("name") or " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    return {
        "record": shown_id(kind, id_),
        "name": name or row.get("organization_name"),
        "email": row["email"],
        "phone": row["phone"] or row["mobile"],
        "company": row.get("organization_name"),
    }


@dataclass(frozen=True, slots=True)
class Explained:
    """A pair with its waterfall, and what would come of making it one."""

    pair: DuplicateRow | None
    """The question, where it was asked."""
    one: Side
    other: Side
    weighed: Weighed | None
    """None: nothing is left to compare."""
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
        weighed = weigh(hand.db, model_of(hub.home), one.sort, one.id, other.id) if one.sort == other.sort else None
        try:
            ordered(one, other)
            result = merge_within(hand, _place(one), _place(other))
        except SetupError as error:
            return Explained(row, one, other, weighed, None, str(error))
        return Explained(row, one, other, weighed, result)


def _sides(hand: Hand, what: int | tuple[Place, Place]) -> tuple[Side, Side, DuplicateRow | None]:
    if isinstance(what, int):
        row = _row(hand.db, what)
        sort = cast(Sort, row.sort)
        ids = [merges.survivor(hand.db, sort, id_) for id_ in (row.one_id, row.other_id)]
        one, other = (side_by_id(hand.db, sort, id_) for id_ in ids)
        return one, other, row
    one, other = (side_of(hand, place) for place in what)
    return one, other, duplicates.between(hand.db, one.sort, one.id, other.id) if one.sort == other.sort else None


def _place(side: Side) -> Place:
    """A record that stands for a side.

    Raises:
        SetupError: it has none: all were deleted.
    """
    for kind in ("contact", "lead"):
        if (row := side.first(kind)) is not None:
            return kind, row["id"]
    raise SetupError(f"nothing is left of {side.name}: its records were deleted", fix="bring one back: restore")


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
        if isinstance(what, int):
            _expect_open(row)
        places = what if not isinstance(what, int) else (_place(one), _place(other))
        return merge_within(hand, *places, keep)


def _expect_open(row: DuplicateRow | None) -> None:
    if row is not None and row.state != "open":
        said = {"merged": "that they are one", "never": "that they are two"}[row.state]
        undo = {"merged": "sellhub dup unmerge RECORD", "never": "sellhub dup merge RECORD RECORD"}[row.state]
        raise SetupError(
            f"question {row.id} was answered before: {row.decided_by} said at {row.decided_at} {said}",
            fix=f"nothing to do; if that was wrong: {undo}",
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
        if one.sort == other.sort and one.id == other.id:
            raise SetupError(
                f"{one.name} is one by now", fix=f"make them two again first: sellhub dup unmerge {one.name}"
            )
        if isinstance(what, int) and row is not None and row.state == "merged":
            _expect_open(row)
        if one.sort == other.sort and (row is None or row.state != "never"):
            duplicates.settle(hand.db, one.sort, one.id, other.id, "never", hand.by, hand.now)
        return one.name, other.name
