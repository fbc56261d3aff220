"""Whether what is stored holds together. Each query gives the ids for which it does not, a few at most."""

from __future__ import annotations

from dataclasses import dataclass

from storage import states
from storage.hot import Writer
from storage.tables import COUNTS

SHOWN = 20
"""How many ids a check gives."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that should hold and does not."""

    text: str
    ids: tuple[str, ...]
    """Of what it does not hold for, the first twenty."""
    total: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that must name a row of another table, or nothing."""

    table: str
    column: str
    parent: str
    key: str = "id"
    """By which column of its own table a row is named to people."""


REFERENCES = (
    Reference("source_record", "stream_id", "stream"),
    Reference("link", "source_record_id", "source_record", "source_record_id"),
    Reference("match_key", "source_record_id", "source_record", "source_record_id"),
    Reference("profile", "source_record_id", "source_record", "source_record_id"),
    Reference("held", "source_record_id", "source_record"),
    Reference("pending_ref", "source_record_id", "source_record"),
    Reference("lead", "person_id", "person"),
    Reference("lead", "owner_id", "user"),
    Reference("lead", "merged_into", "lead"),
    Reference("contact", "person_id", "person"),
    Reference("contact", "company_id", "company"),
    Reference("contact", "owner_id", "user"),
    Reference("contact", "merged_into", "contact"),
    Reference("deal", "contact_id", "contact"),
    Reference("deal", "organization_id", "contact"),
    Reference("deal", "stage_id", "stage"),
    Reference("deal", "owner_id", "user"),
    Reference("stage", "pipeline_id", "pipeline"),
    Reference("association", "deal_id", "deal"),
    Reference("association", "contact_id", "contact"),
    Reference("conversion", "lead_id", "lead"),
    Reference("conversion", "individual_id", "contact"),
    Reference("conversion", "organization_id", "contact"),
    Reference("conversion", "deal_id", "deal"),
    Reference("pool_member", "pool_id", "pool", "pool_id"),
    Reference("pool_member", "user_id", "user", "user_id"),
    Reference("pool", "fallback_user_id", "user"),
    Reference("pool", "fallback_pool_id", "pool"),
    Reference("away", "user_id", "user"),
    Reference("assignment", "user_id", "user"),
    Reference("run_stream", "run_id", "run", "run_id"),
    Reference("note", "user_id", "user"),
    Reference("task", "user_id", "user"),
    Reference("task", "owner_id", "user"),
    Reference("call", "user_id", "user"),
    Reference("call", "outcome_id", "call_outcome"),
    Reference("visit", "user_id", "user"),
    Reference("visit", "outcome_id", "visit_outcome"),
    Reference("email", "user_id", "user"),
    Reference("ticket", "user_id", "user"),
    Reference("stage_change", "deal_id", "deal"),
    Reference("notification", "user_id", "user"),
    Reference("notification_delivery", "notification_id", "notification", "notification_id"),
)
"""What points where; the hot tables leave foreign keys to this check, for they would cost every write."""

LINKED = (
    "lead", "contact", "deal", "association", "user", "pipeline",
    "note", "task", "call", "visit", "email", "ticket",
)  # fmt: skip
"""What a source record may feed."""


def sums_that_do_not_add_up(db: Writer) -> list[Breach]:
    """Find streams of runs whose `read` is not the sum of the others, or that count below nothing."""
    total = " + ".join(COUNTS[1:])
    negative = " OR ".join(f"{name} < 0" for name in COUNTS)
    sql = f"SELECT run_id, stream_id FROM run_stream WHERE read <> {total} OR {negative} ORDER BY run_id, stream_id"
    rows = db.select(sql + " LIMIT 1000")
    ids = [f"run {run_id} stream {stream_id}" for run_id, stream_id in rows]
    return _breach("sums of runs do not add up", ids, len(ids))


def links_to_nothing(db: Writer) -> list[Breach]:
    """Find links that lead to no record."""
    found: list[Breach] = []
    for kind in LINKED:
        where = f'record_type = ? AND NOT EXISTS (SELECT 1 FROM "{kind}" t WHERE t.id = l.record_id)'
        where += " AND role <> 'removed'"  # what people removed is not brought back by its source
        count = db.select(f"SELECT COUNT(*) FROM link l WHERE {where}", (kind,))[0][0]
        if count:
            rows = db.select(f"SELECT record_id FROM link l WHERE {where} ORDER BY 1 LIMIT {SHOWN}", (kind,))
            found += _breach(f"links lead to {kind}s that are not there", [row[0] for row in rows], count)
    return found


def orphans(db: Writer) -> list[Breach]:
    """Find rows that point to a row which is not there."""
    found: list[Breach] = []
    for ref in REFERENCES:
        where = (
            f'FROM "{ref.table}" c WHERE c.{ref.column} IS NOT NULL '
            f'AND NOT EXISTS (SELECT 1 FROM "{ref.parent}" p WHERE p.id = c.{ref.column})'
        )
        count = db.select(f"SELECT COUNT(*) {where}")[0][0]
        if count:
            rows = db.select(f"SELECT c.{ref.key} {where} ORDER BY 1 LIMIT {SHOWN}")
            text = f"{ref.table}.{ref.column} names a {ref.parent} that is not there"
            found += _breach(text, [row[0] for row in rows], count)
    return found


def clearing_left(db: Writer) -> list[Breach]:
    """Find runs that forgot somebody whose traces are in the free pages of the files, or in the inbox, still."""
    ids = [name.partition(":")[2] for name in states.named(db, "clearing:")]
    return _breach("runs that forgot somebody are not cleared up after", ids, len(ids))


def leads_without_person(db: Writer) -> list[Breach]:
    """Find leads that belong to nobody."""
    count = db.select("SELECT COUNT(*) FROM lead WHERE person_id IS NULL")[0][0]
    rows = db.select(f"SELECT id FROM lead WHERE person_id IS NULL ORDER BY id LIMIT {SHOWN}") if count else []
    return _breach("leads have no person", [row[0] for row in rows], count)


def conversions_that_are_none(db: Writer) -> list[Breach]:
    """Find conversions that stand although their lead is open, or is fed by source records still."""
    rows = db.select(
        "SELECT c.lead_id FROM conversion c JOIN lead l ON l.id = c.lead_id WHERE c.undone_at IS NULL "
        "AND (COALESCE(l.gone_at_source, '') <> 'converted' OR EXISTS "
        "(SELECT 1 FROM link k WHERE k.record_type = 'lead' AND k.record_id = l.id)) ORDER BY 1 LIMIT 1000"
    )
    return _breach("leads are converted, and open all the same", [row[0] for row in rows], len(rows))


def people_with_two_open_leads(db: Writer) -> list[Breach]:
    """Find people with more than one open lead."""
    rows = db.select(
        "SELECT person_id FROM lead WHERE merged_into IS NULL AND COALESCE(gone_at_source, '') <> 'converted' "
        "AND person_id IS NOT NULL GROUP BY person_id HAVING COUNT(*) > 1 ORDER BY person_id LIMIT 1000"
    )
    return _breach("people have two open leads", [row[0] for row in rows], len(rows))


def unfair_pools(db: Writer) -> list[Breach]:
    """Find pools whose members' turns differ by more than one although nobody was ever passed over."""
    rows = db.select(
        "SELECT p.id, p.name, MAX(m.turns) - MIN(m.turns) FROM pool p JOIN pool_member m ON m.pool_id = p.id "
        "WHERE NOT EXISTS (SELECT 1 FROM assignment a WHERE a.pool_id = p.id AND a.skipped IS NOT NULL) "
        'AND NOT EXISTS (SELECT 1 FROM pool_member n JOIN "user" u ON u.id = n.user_id '
        "WHERE n.pool_id = p.id AND u.status = 'inactive') "
        "GROUP BY p.id, p.name HAVING MAX(m.turns) - MIN(m.turns) > 1 ORDER BY p.id LIMIT 1000"
    )
    return _breach("pools gave turns unevenly", [f"{id_} ({name}, by {by})" for id_, name, by in rows], len(rows))


def damaged_pages(db: Writer) -> list[Breach]:
    """Ask SQLite whether its file is whole; PostgreSQL sees to that itself."""
    if not db.is_sqlite:
        return []
    said = [row[0] for row in db.select(f"PRAGMA integrity_check({SHOWN})")]
    return [] if said == ["ok"] else _breach("the database file is damaged", said, len(said))


def _breach(text: str, ids: list[object] | list[str], total: int) -> list[Breach]:
    return [Breach(text, tuple(map(str, ids[:SHOWN])), total)] if total else []
