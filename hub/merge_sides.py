"""Two records that are to be one: whose they are, and what there is of each."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import Literal, TypeAlias

from hub.batch import Kind
from hub.by_hand import Hand
from hub.records import shown_id
from sell_model.errors import SetupError
from storage import canonical, identity
from storage.canonical import CanonicalRow
from storage.hot import Writer

Sort: TypeAlias = Literal["person", "company"]
Place: TypeAlias = tuple[Kind, int]
"""Record type, record id."""

COLUMN: dict[Sort, str] = {"person": "person_id", "company": "company_id"}


@dataclass(frozen=True, slots=True)
class Side:
    """A person or a company, with its records in sight."""

    sort: Sort
    id: int
    records: dict[Kind, list[CanonicalRow]]
    """By kind, the oldest first."""

    def first(self, kind: Kind) -> CanonicalRow | None:
        """The record that stands for it."""
        return next(iter(self.records.get(kind, ())), None)

    @property
    def name(self) -> str:
        """How it is named to people: by the id of its contact, else of its lead."""
        kind: Kind = "contact" if self.first("contact") else "lead"
        row = self.first(kind)
        return shown_id(kind, row["id"]) if row else f"{self.sort} {self.id}"

    def command(self, verb: str) -> str:
        """Name a command on the record that stands for it."""
        return f"sellhub {'contact' if self.first('contact') else 'lead'} {verb} {self.name}"


def expect_mergeable(place: Place) -> None:
    """See that a record is one of a person's or a company's.

    Raises:
        SetupError: it is a deal.
    """
    kind, id_ = place
    if kind not in {"lead", "contact"}:
        raise SetupError(
            f"{shown_id(kind, id_)} is a {kind}: people and companies are merged, deals are not",
            fix=f"give a deal to another contact: sellhub deal edit {shown_id(kind, id_)} contact=C-1",
        )


def side_of(hand: Hand, place: Place) -> Side:
    """Give whose a record is, its records locked.

    Raises:
        SetupError: there is no such record, or it was merged, converted or deleted; or it is a deal.
    """
    expect_mergeable(place)
    kind, id_ = place
    row = hand.standing(kind, id_)
    sort: Sort = "company" if row.get("is_organization") else "person"
    return side_by_id(hand.db, sort, row[COLUMN[sort]])


def side_by_id(db: Writer, sort: Sort, id_: int) -> Side:
    """Give an identity with its records in sight, locked."""
    kinds: tuple[Kind, ...] = ("lead", "contact") if sort == "person" else ("contact",)
    records: dict[Kind, list[CanonicalRow]] = {}
    for kind in kinds:
        ids = [record_id for _, record_id in identity.records_in_sight(db, kind, COLUMN[sort], [id_])]
        rows = canonical.load(db, kind, ids, lock=True)
        records[kind] = [rows[each] for each in sorted(rows) if rows[each]["deleted_at"] is None]
    return Side(sort, id_, records)


def ordered(one: Side, other: Side, *, keep: Side | None = None) -> tuple[Side, Side]:
    """Tell which of two stays: as somebody says, else who is a contact, else who is known longer.

    Raises:
        SetupError: they are one already, or of two sorts, or who is to stay is but a lead of a contact.
    """
    if one.sort != other.sort:
        company, person = (one, other) if one.sort == "company" else (other, one)
        raise SetupError(
            f"{company.name} is a company and {person.name} a person: they cannot be one",
            fix=f"if {person.name} works there, say so: {_works_at(person, company)}",
        )
    if one.id == other.id:
        names = " and ".join(dict.fromkeys((one.name, other.name)))
        verb = "is one person or company already" if one.name == other.name else "are one already"
        raise SetupError(f"{names} {verb}", fix=f"see what feeds it: {one.command('show')}")
    if keep is None:
        keep = min(one, other, key=lambda side: (not side.first("contact"), side.id))
    gone = other if keep.id == one.id else one
    if gone.first("contact") and not keep.first("contact"):
        raise SetupError(
            f"{keep.name} is a lead and {gone.name} a contact: the contact stays, the lead becomes part of it",
            fix=f"--keep {gone.name}, or leave --keep out",
        )
    return keep, gone


def _works_at(person: Side, company: Side) -> str:
    """Name the command by which somebody is said to work at a company."""
    if person.first("contact"):
        return f"sellhub contact edit {person.name} company={company.name}"
    row = company.first("contact")
    return f"sellhub lead edit {person.name} organization_name={quote(row['name'] if row else company.name)}"
