"""What contacts' deals say of them, and the statuses that follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from storage import landing
from storage.hot import Writer

COLUMNS = ("customer_status", "prospect_status")
_BESIDE = ("contact_id", "organization_id")


@dataclass(frozen=True, slots=True)
class DealsOf:
    """That a contact has deals of a kind, as far as its status is concerned."""

    contact_id: int
    category: str
    """Of the stages in which they stand."""
    is_gone: bool
    """Whether their sources have them no more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A contact's statuses as they are."""

    id: int
    customer_status: str | None
    prospect_status: str | None
    version: int


def in_sight(db: Writer, contact_ids: Iterable[int]) -> dict[int, int]:
    """Map contacts to those they were merged into, to the end; the others to themselves."""
    found = {id_: id_ for id_ in contact_ids}
    while found:
        sql = "SELECT id, merged_into FROM contact WHERE merged_into IS NOT NULL AND id IN {in}"
        merged = dict(db.select_in(sql, set(found.values())))
        if not merged:
            break
        found = {id_: merged.get(at, at) for id_, at in found.items()}
    return found


def hold(db: Writer, contact_ids: Iterable[int]) -> dict[int, Standing]:
    """Fetch contacts; on PostgreSQL nobody else changes them, and so their statuses, until the transaction ends."""
    tail = "" if db.is_sqlite else " ORDER BY id FOR UPDATE"
    sql = f"SELECT id, customer_status, prospect_status, version FROM contact WHERE id IN {{in}}{tail}"
    return {row[0]: Standing(*row) for row in db.select_in(sql, sorted(contact_ids))}


def family(db: Writer, contact_ids: Iterable[int]) -> dict[int, int]:
    """Map these contacts, and all that were merged into them, to these contacts."""
    found = {id_: id_ for id_ in contact_ids}
    latest = set(found)
    while latest:
        rows = db.select_in("SELECT id, merged_into FROM contact WHERE merged_into IN {in}", latest)
        latest = {row[0] for row in rows} - found.keys()
        found |= {id_: found[into] for id_, into in rows}
    return found


def deals_of(db: Writer, contact_ids: Iterable[int]) -> set[DealsOf]:
    """Tell which kinds of deals contacts have, as primary contact or as organization; deleted ones are left out."""
    wanted = sorted(contact_ids)
    found: set[DealsOf] = set()
    for column in _BESIDE:
        sql = (
            f"SELECT DISTINCT d.{column}, s.category, d.gone_at_source IS NOT NULL FROM deal d "
            f"JOIN stage s ON s.id = d.stage_id WHERE d.deleted_at IS NULL AND d.{column} IN {{in}}"
        )
        found |= {DealsOf(row[0], row[1], bool(row[2])) for row in db.select_in(sql, wanted)}
    return found


def last_win(db: Writer, contact_ids: Iterable[int]) -> str | None:
    """Tell when a deal of these contacts that is won came to be won last; None: none is, as far as is known."""
    wanted = sorted(contact_ids)
    moments: list[str] = []
    for column in _BESIDE:
        sql = (
            "SELECT MAX(h.changed_at) FROM deal d JOIN stage s ON s.id = d.stage_id "
            "JOIN stage_change h ON h.deal_id = d.id AND h.to_stage_id = s.id "
            f"WHERE s.category = 'won' AND d.deleted_at IS NULL AND d.{column} IN {{in}}"
        )
        moments += [row[0] for row in db.select_in(sql, wanted) if row[0]]
    return max(moments, default=None)


def said_by_sources(db: Writer, contact_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    """Tell which statuses of contacts their live sources say themselves: contact id and column → what one says."""
    links = landing.links_to(db, "contact", contact_ids)
    live = landing.live(db, {link.source_record_id for link in links})
    said: dict[tuple[int, str], str] = {}
    for link in links:
        row = live.get(link.source_record_id)
        if row is None or row.good_drafts is None or '_status":' not in row.good_drafts:
            continue
        draft = orjson.loads(row.good_drafts).get(link.mapping) or {"fields": {}}
        fields = draft["fields"]
        said |= {(link.record_id, name): fields[name] for name in COLUMNS if fields.get(name) is not None}
    return said


def write(db: Writer, rows: Sequence[Standing], now: str) -> None:
    """Set contacts' statuses; each row has its new version."""
    values = [(row.customer_status, row.prospect_status, row.version, now, row.id) for row in rows]
    db.update("contact", (*COLUMNS, "version", "updated_at"), ("id",), values)
