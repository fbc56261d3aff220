"""Conversions: which lead became which person, company and deal, by whom, and what was done for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sell_model.types import JsonObject
from storage.hot import Writer
from storage.landing import LinkRow
from storage.streams import as_json, json_text
from storage.undoing import ACTIVITIES

_COLUMNS = "id, lead_id, individual_id, organization_id, deal_id, creator, created_at, run_id, details, undone_at"
MOST = 100
"""More leads than this are not listed for one contact or deal."""


@dataclass(frozen=True, slots=True)
class ConversionRow:
    """One conversion of a lead."""

    id: int
    lead_id: int
    individual_id: int | None
    """The person contact."""
    organization_id: int | None
    """The company contact."""
    deal_id: int | None
    creator: str | None
    """Who converted it by hand; None: its source did."""
    created_at: str
    run_id: int | None
    """None: a hub of schema 0001 did it."""
    details: JsonObject = field(default_factory=dict)
    """What was made, moved and copied; see `hub.converting`."""
    undone_at: str | None = None


def standing(db: Writer, lead_ids: Iterable[int]) -> dict[int, ConversionRow]:
    """Fetch the conversions that stand, by lead."""
    sql = f"SELECT {_COLUMNS} FROM conversion WHERE undone_at IS NULL AND lead_id IN {{in}} ORDER BY id"
    return {row[1]: _read(row) for row in db.select_in(sql, lead_ids)}


_COLUMN = {"contact": ("individual_id", "organization_id"), "deal": ("deal_id",)}


def led_to(db: Writer, kind: str, id_: int) -> list[ConversionRow]:
    """List the conversions that stand and led to a contact or a deal, by id; at most 100."""
    columns = _COLUMN[kind]
    where = " OR ".join(f"{column} = ?" for column in columns)
    sql = f"SELECT {_COLUMNS} FROM conversion WHERE undone_at IS NULL AND ({where}) ORDER BY id LIMIT ?"
    return [_read(row) for row in db.select(sql, (*[id_] * len(columns), MOST))]


def _read(row: Sequence[Any]) -> ConversionRow:
    id_, lead_id, individual_id, organization_id, deal_id, creator, created_at, run_id, details, undone_at = row
    return ConversionRow(
        id_,
        lead_id,
        individual_id,
        organization_id,
        deal_id,
        creator,
        created_at,
        run_id,
        as_json(details) or {},
        undone_at,
    )


def by_ids(db: Writer, ids: Iterable[int]) -> list[ConversionRow]:
    """Fetch conversions."""
    return [_read(row) for row in db.select_in(f"SELECT {_COLUMNS} FROM conversion WHERE id IN {{in}}", ids)]


def taken_from(db: Writer, links: Iterable[LinkRow]) -> dict[int, int]:
    """Tell which source records fed leads until these were converted to the contacts that they feed now, and which."""
    fed = [(link.source_record_id, link.mapping, link.record_id) for link in links if link.record_type == "contact"]
    contacts = {contact_id for _, _, contact_id in fed}
    columns = ("individual_id", "organization_id")
    sql = f"SELECT {_COLUMNS} FROM conversion WHERE undone_at IS NULL AND {{column}} IN {{{{in}}}}"
    rows = [_read(r) for column in columns for r in db.select_in(sql.format(column=column), contacts)]
    return {
        source_record_id: row.lead_id
        for row in rows
        for source_record_id, mapping, contact_id in fed
        if contact_id in (row.individual_id, row.organization_id)
        and [source_record_id, mapping] in row.details.get("links", [[source_record_id, mapping]])
    }


def keep(db: Writer, rows: Iterable[ConversionRow]) -> None:
    """Write conversions; their ids are those that `allocate` gave."""
    values = [
        (r.id, r.lead_id, r.individual_id, r.organization_id, r.deal_id, r.creator, r.created_at, r.run_id,
         json_text(r.details))
        for r in rows
    ]  # fmt: skip
    db.insert("conversion", tuple(_COLUMNS.split(", "))[:-1], values)


def drop(db: Writer, ids: Iterable[int]) -> None:
    """Forget conversions."""
    db.delete("conversion", ("id",), [(id_,) for id_ in ids])


def keep_by_sources(
    db: Writer,
    pairs: Iterable[tuple[int, int]],
    edits: Mapping[int, Sequence[tuple[str, int, str]]],
    run_id: int,
    now: str,
) -> list[int]:
    """Note that sources made contacts of leads (lead, person contact), where it is not noted already; gives the ids.

    Args:
        edits: lead → the hand edits that were copied from it: record type, record, field.
    """
    wanted = dict(pairs)
    known = standing(db, wanted)
    new = [(lead_id, contact_id) for lead_id, contact_id in wanted.items() if lead_id not in known]
    ids = list(db.allocate("conversion", len(new))) if new else []
    columns = ("id", "lead_id", "individual_id", "created_at", "run_id", "details")
    details = [json_text({"edits": edits[lead_id]}) if lead_id in edits else None for lead_id, _ in new]
    rows = [(id_, *pair, now, run_id, said) for id_, pair, said in zip(ids, new, details, strict=True)]
    db.insert("conversion", columns, rows)
    return ids


def undo(db: Writer, id_: int, details: JsonObject, now: str) -> None:
    """Note that a conversion was taken back; what it led to is named in its details only."""
    db.execute(
        "UPDATE conversion SET undone_at = ?, details = ?, individual_id = NULL, organization_id = NULL, "
        "deal_id = NULL WHERE id = ?",
        (now, json_text(details), id_),
    )


def contacts_of_person(db: Writer, person_id: int) -> list[tuple[int, str | None]]:
    """List the contacts of a person that were not merged into others, with when they were deleted; the oldest first."""
    sql = "SELECT id, deleted_at FROM contact WHERE person_id = ? AND merged_into IS NULL ORDER BY id LIMIT ?"
    return [(row[0], row[1]) for row in db.select(sql, (person_id, MOST))]


def companies_by(db: Writer, key: int, name: str) -> list[int]:
    """List the company contacts that bear a match key, or this very name, by id; at most 100."""
    rows = db.select(
        "SELECT DISTINCT c.id FROM contact c JOIN match_key m ON m.identity_id = c.company_id "
        "WHERE m.key = ? AND c.merged_into IS NULL AND c.deleted_at IS NULL ORDER BY c.id LIMIT ?",
        (key, MOST),
    )
    rows += db.select(
        "SELECT id FROM contact WHERE name = ? AND is_organization AND merged_into IS NULL AND deleted_at IS NULL "
        "ORDER BY id LIMIT ?",
        (name, MOST),
    )
    return sorted({row[0] for row in rows})


def copy_hand_edits(db: Writer, lead_id: int, contact_id: int, fields: Iterable[tuple[str, str]]) -> None:
    """Let what somebody set on a lead hold on its contact too, with who did it and when: field there, field here."""
    sql = (
        "INSERT INTO hand_edit (record_type, record_id, field, value, edited_by, edited_at) "
        "SELECT 'contact', ?, ?, value, edited_by, edited_at FROM hand_edit "
        "WHERE record_type = 'lead' AND record_id = ? AND field = ?"
    )
    db.many(sql, [(contact_id, to, lead_id, from_) for from_, to in fields])


def kinds_of_activity(db: Writer, lead_ids: Iterable[int]) -> list[str]:
    """Tell which kinds of activities stand at these leads: `notes`, `tasks` …"""
    wanted = list(lead_ids)
    return [
        f"{kind}s"
        for kind in ACTIVITIES
        if db.select_in(
            f'SELECT DISTINCT resource_type FROM "{kind}" WHERE resource_type = ? AND resource_id IN {{in}}',
            wanted,
            ("lead",),
        )
    ]
