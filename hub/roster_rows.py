"""Rows of one small table: read once, changed in memory, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.batch import Batch
from hub.rows import difference
from sell_model.draft import Draft
from sell_model.matching.normal_forms import folded
from sell_model.types import JsonObject
from storage import canonical, journal, roster
from storage.canonical import CanonicalRow
from storage.hot import Writer


@dataclass(slots=True)
class RosterRows:
    """Users, pipelines or stages on their way through a batch.

    Args:
        kind: the table.
        rows: those that may be changed, by id, as they stand.
    """

    kind: str
    rows: dict[int, CanonicalRow]
    new: list[CanonicalRow] = field(default_factory=list)
    _before: dict[int, CanonicalRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._before = {id_: dict(row) for id_, row in self.rows.items()}

    def add(self, fields: JsonObject) -> CanonicalRow:
        """Add a row; it has no id until they are numbered."""
        row = {**fields}
        self.new.append(row)
        return row

    def number(self, db: Writer) -> None:
        """Give the new rows their ids."""
        ids = db.allocate(self.kind, len(self.new)) if self.new else iter(())
        for row in self.new:
            row["id"] = next(ids)

    def write(self, db: Writer, batch: Batch) -> None:
        """Write what is new and what has changed, with the journal of both; the rows are numbered."""
        changed = {id_: told for id_, row in self.rows.items() if (told := difference(self._before[id_], row))}
        renamed = [id_ for id_, told in changed.items() if "name" in told]
        if renamed and self.kind != "user":
            roster.free_names(db, self.kind, renamed)
        for id_, told in changed.items():
            self.rows[id_]["version"] += 1
            batch.journal.append(journal.changed(self.kind, id_, self.rows[id_]["version"], told))
        canonical.update(db, self.kind, [self.rows[id_] for id_ in changed], batch.now)
        canonical.insert(db, self.kind, self.new, batch.now)
        if self.new:
            batch.journal.append(journal.created(self.kind, [row["id"] for row in self.new]))


@dataclass(slots=True)
class Said:
    """What a source says of one pipeline or stage."""

    draft: Draft
    known: CanonicalRow | None
    """The row that bears the source's id already."""
    row: CanonicalRow = field(default_factory=dict)
    """The row that it came to."""
    is_new: bool = False

    @property
    def name(self) -> str:
        """Its name at the source."""
        return str(self.draft.fields["name"])


@dataclass(slots=True)
class Settling:
    """Finds for each pipeline of a source, or each stage of a pipeline, its row and a name that is free.

    Args:
        rows: takes up what is new.
        taken: the names that stand.
        source: its name sets apart what would bear the name of another.
        fresh: completes the fields of a new row.
        held: by id, what admins set on rows: it holds against what the source says.
    """

    rows: RosterRows
    taken: set[str]
    source: str
    fresh: Callable[[JsonObject], JsonObject]
    held: Mapping[int, JsonObject] = field(default_factory=dict)

    def settle(self, there: Iterable[CanonicalRow], said: Sequence[Said]) -> None:
        """Match by the source's id, else by name to one of those there, else to a new row.

        Those known by id come first, and give up their names before any is given: names may move between them.
        """
        for one in said:
            if one.known is not None:
                self._unname(one.known)
        known = {id(one.known) for one in said}
        by_name = {_spelled(row["name"]): row for row in there if row["name"] and id(row) not in known}
        for one in sorted(said, key=lambda each: each.known is None):
            found = one.known if one.known is not None else by_name.get(_spelled(one.name))
            self._name(one, found)
            if one.draft.outside_ids.get("id"):  # another one of that name, with an id of its own, is another one
                by_name.pop(_spelled(one.name), None)
            elif "name" not in self._held(one.row):
                by_name[_spelled(one.name)] = one.row

    def _name(self, one: Said, found: CanonicalRow | None) -> None:
        one.is_new = found is None
        if found is None:
            one.row = self.rows.add(self.fresh(one.draft.fields))
        else:
            one.row = found
            self._unname(found)
        held = self._held(one.row)
        one.row.update({name: value for name, value in one.draft.fields.items() if name not in {"name", *held}})
        if "name" not in held:
            one.row["name"] = self._free(one.name)
            self.taken.add(one.row["name"])

    def _held(self, row: CanonicalRow) -> JsonObject:
        return self.held.get(row.get("id", 0), {})

    def _unname(self, row: CanonicalRow) -> None:
        if "name" not in self._held(row):
            self.taken.discard(row["name"])
            row["name"] = None

    def _free(self, name: str) -> str:
        """Give the name, or where another has it the name with the source's, and a number if need be."""
        number, free = 1, name
        while free in self.taken:
            free = f"{name} ({self.source}{f' {number}' if number > 1 else ''})"
            number += 1
        return free


def _spelled(name: str) -> str:
    return folded(name) or name
