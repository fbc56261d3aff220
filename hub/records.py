"""Leads, contacts and deals as people look at them: the list, and one with everything around it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from hub.batch import Kind
from hub.deal_way import DealWay, way_of
from hub.opening import Hub
from hub.story import Story, story_of
from sell_model.errors import SetupError
from sell_model.money import from_minor
from sell_model.types import JsonObject
from storage import conversions, listing, smart_links, stories
from storage.conversions import ConversionRow
from storage.hot import Writer
from storage.listing import ViewRow, Wanted
from storage.named_rows import named_rows
from storage.tickets import TicketRow, tickets_of

if TYPE_CHECKING:
    from sell_model.link_templates import Link

LETTERS: dict[Kind, str] = {"lead": "L", "contact": "C", "deal": "D"}
LAST_TOLD = 5
"""Activities that stand beside a record that is shown."""
TICKETS = 20
"""Tickets that are shown with a record, at most."""
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
    story: Story | None = None
    """What happened last around it, and what its activities come to; None: nobody asked."""
    links: tuple[Link, ...] = ()
    """Smart links of its type, filled with its fields."""
    way: DealWay | None = None
    """Of a deal: its likelihood, its weighted value, its way through the stages."""
    tickets: tuple[TicketRow, ...] = ()
    """At help desks: open ones first, then the latest."""
    conversions: tuple[ConversionRow, ...] = ()
    """Of a lead: what it was converted to; of a contact or a deal: the leads that were converted to it."""

    def to_json(self) -> JsonObject:
        """Give the object that `show --json` prints: the owner by address, with the name beside it."""
        data: JsonObject = {"record_type": self.kind, **self.row}
        data |= {"owner": self.row["owner_email"] or self.row["owner"], "owner_name": self.row["owner"]}
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
        data |= self._converted()
        data["links"] = [{"name": link.name, "url": link.url, "disabled": link.why or None} for link in self.links]
        data |= self.way.to_json() if self.way else {}
        data["tickets"] = [asdict(ticket) for ticket in self.tickets]
        return {**data, **self.story.to_json()} if self.story else data

    def _converted(self) -> JsonObject:
        if self.kind != "lead":
            return {"converted_from": [row.lead_id for row in self.conversions]}
        if not self.conversions:
            return {"converted_to": None}
        to = self.conversions[0]
        ids = {"person": to.individual_id, "company": to.organization_id, "deal": to.deal_id}
        return {"converted_to": {**ids, "at": to.created_at, "by": to.creator}}


def show(hub: Hub, kind: Kind, id_: int) -> Shown:
    """Give a record with everything around it.

    Raises:
        SetupError: there is none of that id.
    """
    with hub.store.read() as db:
        found = replace(shown(db, kind, id_), story=story_of(hub, db, (kind, id_), LAST_TOLD))
        return replace(found, way=way_of(db, existing(db, kind, id_), hub.clock())) if kind == "deal" else found


def shown(db: Writer, kind: Kind, id_: int) -> Shown:
    """Give a record with everything around it, as a transaction under way sees it.

    Raises:
        SetupError: there is none of that id.
    """
    row = existing(db, kind, id_)
    return Shown(
        kind,
        with_amount(row),
        stories.feeds(db, kind, id_),
        _kin(db, kind, row),
        stories.beside(db, id_) if kind == "deal" else [],
        stories.absorbed(db, kind, id_) if kind != "deal" else [],
        links=_links(db, kind, row),
        conversions=_conversions(db, kind, id_),
        tickets=tuple(tickets_of(db, kind, id_, TICKETS)),
    )


def _conversions(db: Writer, kind: Kind, id_: int) -> tuple[ConversionRow, ...]:
    return tuple(conversions.standing(db, [id_]).values() if kind == "lead" else conversions.led_to(db, kind, id_))


def _links(db: Writer, kind: Kind, row: JsonObject) -> tuple[Link, ...]:
    """Fill the smart links of a record; where there are none, the template language is not even loaded."""
    if not smart_links.smart_links(db, kind):
        return ()
    from hub.smart_links import links_of

    return tuple(links_of(db, kind, with_amount(row)))


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
