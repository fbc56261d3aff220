"""The questions that matching leaves to people, as a list: each weighed as it stands now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from hub.matching_model import model_of
from hub.merge_sides import COLUMN, Sort, side_by_id
from hub.opening import Hub
from hub.pair_weighing import weigh_pairs
from hub.records import shown_id
from hub.weighing import Weighed, parts_text
from sell_model.errors import SetupError
from sell_model.matching.evidence import probability
from sell_model.types import JsonObject
from storage import canonical, duplicates, merges, questions
from storage.canonical import CanonicalRow
from storage.duplicates import DuplicateRow
from storage.hot import Writer

SORTS: tuple[Sort, ...] = ("person", "company")
NEWEST = 1_000
"""Of so many source records that came last, the share that is in question is told."""
FEWEST = 100
"""Of fewer than this no share is told: one question would make it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question as people read it."""

    row: DuplicateRow
    one: JsonObject
    """Record, name, e-mail, phone, company."""
    other: JsonObject
    weighed: Weighed | None
    """By what is known now, as `dup show` weighs it; None: they are one by now, or nothing is left to compare."""

    @property
    def bits(self) -> float | None:
        """The sum of what speaks for it, of those who are one by now as it was asked; None: nobody ever weighed it."""
        if self.weighed is not None:
            return self.weighed.likeness.bits
        return self.row.bits if self.row.parts else None

    @property
    def would(self) -> str | None:
        """What a sync does by now with two who are this alike, while nobody has said."""
        return self.weighed.would if self.weighed is not None and self.row.state == "open" else None

    def to_json(self) -> JsonObject:
        """Give it as `dup list --json` prints it."""
        guard = self.weighed.likeness.guard if self.weighed else self.row.guard
        evidence = self.weighed.likeness.evidence if self.weighed else None
        return {
            "id": self.row.id,
            "sort": self.row.sort,
            "records": [self.one, self.other],
            "bits": None if self.bits is None else round(self.bits, 2),
            "probability": None if self.bits is None else round(probability(self.bits), 6),
            "guard": guard or None,
            "why": parts_text(evidence.parts if evidence else [p for p in self.row.parts if p[0] != "prior"]),
            "would": self.would,
            "state": self.row.state,
            "asked_at": self.row.asked_at,
            "decided_by": self.row.decided_by,
            "decided_at": self.row.decided_at,
        }


def listed(
    hub: Hub, *, state: str = "open", sort: str | None = None, limit: int = 50, after: int | None = None
) -> list[Pair]:
    """List questions, each weighed as it stands now; in the order in which they were last put, the likeliest first.

    Args:
        after: the id of the last one of the page before.

    Raises:
        SetupError: there is none of that id to go on after.
    """
    if limit < 1:
        raise SetupError(
            f"--limit {limit}: at least one pair is listed", fix="give a number from 1 on, or leave it out"
        )
    with hub.store.read() as db:
        below = None
        if after is not None:
            last = row_of(db, after)
            below = (last.bits, last.id)
        rows = duplicates.of_state(db, state, limit, sort=sort, below=below)
        faces, weighed = _Faces(db, rows), _weighed(hub, db, rows)
        return [
            Pair(row, faces.of(row.sort, row.one_id), faces.of(row.sort, row.other_id), weighed.get(row.id))
            for row in rows
        ]


def _weighed(hub: Hub, db: Writer, rows: Iterable[DuplicateRow]) -> dict[int, Weighed]:
    """Weigh questions as they stand now; by their ids."""
    found: dict[int, Weighed] = {}
    for sort in SORTS:
        pairs = {row.id: (row.one_id, row.other_id) for row in rows if row.sort == sort}
        if pairs:
            weighed = weigh_pairs(db, model_of(hub.home), sort, pairs.values())
            found |= {id_: weighed[pair] for id_, pair in pairs.items() if pair in weighed}
    return found


def count_open(hub: Hub) -> int:
    """Count the questions that wait for an answer."""
    with hub.store.read() as db:
        return duplicates.count_open(db)


@dataclass(frozen=True, slots=True)
class Load:
    """How much of what came last is put before people, where that is more than the model aims at."""

    sort: str
    records: int
    """Source records that came last."""
    asked: int
    """Of these, in question."""
    aim: float
    """The model's `review_share`."""


def overload(hub: Hub) -> list[Load]:
    """Tell of which sort more of the newest records wait for a person than the model aims at."""
    model, found = model_of(hub.home), []
    with hub.store.read() as db:
        for sort in SORTS:
            aim = (model.company if sort == "company" else model.person).review_share
            records, asked = questions.in_question(db, sort, NEWEST)
            if records >= FEWEST and asked > aim * records:
                found.append(Load(sort, records, asked, aim))
    return found


def row_of(db: Writer, id_: int) -> DuplicateRow:
    """Fetch a question.

    Raises:
        SetupError: there is none of that number.
    """
    row = duplicates.by_id(db, id_)
    if row is None:
        raise SetupError(f"there is no question {id_}", fix="sellhub dup list")
    return row


class _Faces:
    """How the identities of many pairs are shown: each by its contact, else by its lead."""

    def __init__(self, db: Writer, rows: list[DuplicateRow]) -> None:
        self._db = db
        self._shown: dict[tuple[str, int], JsonObject] = {}
        for sort in SORTS:
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
            shown = face_json(kind, row["id"], row) if row else _gone(f"{sort} {identity_id}")
        return shown


def _gone(name: str) -> JsonObject:
    """Show whoever has no record any more, as `face_json` shows a record."""
    return {"record": None, "name": name, "email": None, "phone": None, "company": None}


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
