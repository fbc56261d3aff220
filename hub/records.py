"""Leads, contacts and deals as people look at them: the list, and one with everything around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.batch import Kind
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.money import from_minor
from sell_model.types import JsonObject
from storage import listing, stories
from storage.hot import Writer
from storage.listing import ViewRow, Wanted
from storage.named_rows import named_rows

LETTERS: dict[Kind, str] = {"lead": "L", "contact": "C", "deal": "D"}
_ID = re.compile(r"(?:([A-Za-z])-)?(\d{1,18})")


def shown_id(kind: str, id_: int) -> str:
    """Write an id as people read it.

    >>> shown_id("lead", 17)
    'L-17'
    """
    return f"{kind[0].upper()}-{id_}"


def read_id(kind: Kind, text: str) -> int:
    """Read an id as people write it: `17` or `L-17`.

    Raises:
        SetupError: not an id, or the id of another kind of record.
    """
    found = _ID.fullmatch(text.strip())
    if found is None:
        raise SetupError(
            f"{text!r} is not the id of a {kind}",
            fix=f"write it like 17 or {LETTERS[kind]}-17; find it with: sellhub {kind} list --search TEXT",
        )
    letter = (found[1] or LETTERS[kind]).upper()
    if letter != LETTERS[kind]:
        other = next((name for name, its in LETTERS.items() if its == letter), None)
        fix = f"sellhub {other} show {text}" if other else f"ids of {kind}s begin with {LETTERS[kind]}-"
        raise SetupError(f"{text} is not the id of a {kind}", fix=fix)
    return int(found[2])


def list_records(hub: Hub, kind: Kind, wanted: Wanted, limit: int) -> tuple[list[ViewRow], int | None]:
    """Give one page of records, newest first, and the id after which the next page begins (None: no more)."""
    with hub.store.read() as db:
        rows = listing.list_records(db, kind, wanted, limit + 1)
    page = [with_amount(row) for row in rows[:limit]]
    return page, page[-1]["id"] if len(rows) > limit else None


def with_amount(row: JsonObject) -> JsonObject:
    """Give a record with `value` as decimal text in the place of minor units."""
    if "value_minor" not in row:
        return row
    amount = None if row["value_minor"] is None else from_minor(row["value_minor"], row["currency"] or "")
    return {
        ("value" if name == "value_minor" else name): amount if name == "value_minor" else v for name, v in row.items()
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A record with what feeds it and what stands beside it."""

    kind: Kind
    row: JsonObject
    """Its columns, references by id and by name."""
    feeds: list[stories.Feed]
    kin: list[tuple[str, int]]
    """The other leads and contacts of the same person or company."""
    beside: list[stories.Beside]
    """Of a deal: its contacts."""
    absorbed: list[int]
    """Records that were merged into this one."""

    def to_json(self) -> JsonObject:
        """Give the object that `show --json` prints."""
        data: JsonObject = {"record_type": self.kind, **self.row}
        data["source_records"] = [
            {
                "source": f.source,
                "stream": f.stream,
                "source_id": f.source_id,
                "mapping": f.mapping,
                "gone": bool(f.deleted_at),
            }
            for f in self.feeds
        ]
        data["same_identity"] = [{"record_type": kind, "id": id_} for kind, id_ in self.kin]
        data["merged_from"] = self.absorbed
        if self.kind == "deal":
            data["contacts"] = [
                {"contact_id": b.contact_id, "name": b.name, "role": b.role, "is_primary": b.is_primary}
                for b in self.beside
            ]
        return data


def show(hub: Hub, kind: Kind, id_: int) -> Shown:
    """Give a record with everything around it.

    Raises:
        SetupError: there is none of that id.
    """
    with hub.store.read() as db:
        row = existing(db, kind, id_)
        return Shown(
            kind,
            with_amount(row),
            stories.feeds(db, kind, id_),
            _kin(db, kind, row),
            stories.beside(db, id_) if kind == "deal" else [],
            stories.absorbed(db, kind, id_) if kind != "deal" else [],
        )


def existing(db: Writer, kind: Kind, id_: int) -> JsonObject:
    """Fetch a record, references by name too.

    Raises:
        SetupError: there is none of that id.
    """
    row = named_rows(db, kind, [id_]).get(id_)
    if row is None:
        raise SetupError(f"there is no {kind} {shown_id(kind, id_)}", fix=f"sellhub {kind} list")
    return row


def _kin(db: Writer, kind: Kind, row: JsonObject) -> list[tuple[str, int]]:
    for column in ("person_id", "company_id"):
        if row.get(column) is not None and kind != "deal":
            return [each for each in stories.of_identity(db, column, row[column]) if each != (kind, row["id"])]
    return []
