"""The queries of an undo: what a run did, and the rows that stand in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage import turns
from storage.activity_figures import CALL_DEALS
from storage.hot import Writer
from storage.landing import CHANGING, LinkRow
from storage.streams import as_json, json_text

TO_SETTLE = "to settle"
"""The operation of a journal entry that was taken back, but for what has to be computed anew."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, as far as undoing it is concerned."""

    id: int
    kind: str
    source: str | None
    state: str
    started_at: str
    undone_by_run_id: int | None


def find_run(db: Writer, run_id: int) -> RunRow | None:
    """Look a run up."""
    sql = "SELECT id, kind, source, state, started_at, undone_by_run_id FROM run WHERE id = ?"
    rows = db.select(sql, (run_id,))
    return RunRow(*rows[0]) if rows else None


def mark_undone(db: Writer, run_id: int, by: int) -> None:
    """Note that a run was taken back; what it asked people is asked no more."""
    db.execute("DELETE FROM duplicate WHERE run_id = ? AND state = 'open'", (run_id,))
    db.execute("UPDATE run SET undone_by_run_id = ?, state = 'undone' WHERE id = ?", (by, run_id))
    db.execute("UPDATE run SET undoes_run_id = ? WHERE id = ?", (run_id, by))


def drop_entries(db: Writer, ids: Iterable[int]) -> None:
    """Forget journal entries that were taken back: taking them back again would do harm."""
    db.delete("journal", ("id",), [(id_,) for id_ in ids])


def keep_to_settle(db: Writer, ids: Iterable[int]) -> None:
    """Keep journal entries that were taken back until what follows from them is computed anew."""
    db.update("journal", ("op", "data"), ("id",), [(TO_SETTLE, "null", id_) for id_ in ids])


@dataclass(frozen=True, slots=True)
class ToSettle:
    """A restored record whose dependents are still to be computed."""

    id: int
    """The journal entry's."""
    kind: str
    record_id: int


def to_settle(db: Writer, run_id: int, after: int, limit: int) -> list[ToSettle]:
    """Fetch what is to be settled of a run, by id."""
    sql = (
        "SELECT id, kind, record_id FROM journal WHERE run_id = ? AND id > ? AND op = ? AND record_id IS NOT NULL "
        "ORDER BY id LIMIT ?"
    )
    return [ToSettle(*row) for row in db.select(sql, (run_id, after, TO_SETTLE, limit))]


def narrow_entry(db: Writer, entry_id: int, left: Sequence[int]) -> None:
    """Keep of an entry for new records only those that were left."""
    db.execute("UPDATE journal SET data = ? WHERE id = ?", (json_text(list(left)), entry_id))


def feeders(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    """Tell what feeds records: for each its source records, with the run that last landed them."""
    sql = (
        "SELECT l.record_id, r.id, r.run_id FROM link l JOIN source_record r ON r.id = l.source_record_id "
        "WHERE l.record_type = ? AND l.record_id IN {in}"
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for record_id, source_record_id, run_id in db.select_in(sql, ids, (kind,)):
        found.setdefault(record_id, []).append((source_record_id, run_id))
    return found


_POINTING = {
    "contact": (
        ("contact", "contact_id"), ("contact", "parent_organization_id"), ("deal", "contact_id"),
        ("deal", "organization_id"), ("conversion", "individual_id"), ("conversion", "organization_id"),
    ),
    "lead": (("conversion", "lead_id"),),
    "deal": (("conversion", "deal_id"), ("deal", "cloned_from_id")),
    "user": (
        ("lead", "owner_id"), ("contact", "owner_id"), ("deal", "owner_id"), ("pool_member", "user_id"),
        ("pool", "fallback_user_id"), ("away", "user_id"), ("note", "user_id"), ("task", "user_id"),
        ("task", "owner_id"), ("call", "user_id"), ("visit", "user_id"), ("email", "user_id"), ("ticket", "user_id"),
    ),
    "pipeline": (("stage", "pipeline_id"),),
    "stage": (
        ("deal", "stage_id"), ("stage", "merged_into"),
        ("stage_change", "to_stage_id"), ("stage_change", "from_stage_id"),
    ),
    "person": (("lead", "person_id"), ("contact", "person_id")),
    "company": (("contact", "company_id"),),
}  # fmt: skip


ACTIVITIES = ("note", "task", "call", "visit", "email", "ticket")


def pointed_to(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, str]:
    """Tell which of these records are pointed to from outside their midst, and what points."""
    wanted = set(ids)
    found: dict[int, str] = {}
    for table, column in _POINTING.get(kind, ()):
        own = "id" if table == kind else "NULL"
        standing = " AND undone_at IS NULL" if table == "conversion" else ""
        sql = f"SELECT DISTINCT {column}, {own} FROM {table} WHERE {column} IN {{in}}{standing}"
        found.update({row[0]: table for row in db.select_in(sql, wanted) if row[1] not in wanted})
    for activity in ACTIVITIES if kind in {"lead", "contact", "deal"} else ():
        sql = f'SELECT DISTINCT resource_id FROM "{activity}" WHERE resource_type = ? AND resource_id IN {{in}}'
        found.update({row[0]: activity for row in db.select_in(sql, wanted, (kind,))})
    if kind == "deal":
        beside = "SELECT value FROM facet WHERE record_type = ? AND field = ? AND value IN {in}"
        found.update({int(row[0]): "call" for row in db.select_in(beside, map(str, wanted), CALL_DEALS)})
    return found


_NAME_WITHIN = {"pipeline": "1 = 1", "stage": "pipeline_id = (SELECT pipeline_id FROM stage WHERE id = ?)"}


def free_name(db: Writer, run_id: int, kind: str, id_: int, name: str) -> bool:
    """Let a pipeline or a stage have a name again; tells whether it is free now.

    Who has it by the same run will get another name back, and goes without one until then.
    """
    within, values = _NAME_WITHIN[kind], (id_,) if kind == "stage" else ()
    holders = db.select(f"SELECT id FROM {kind} WHERE name = ? AND id <> ? AND {within}", (name, id_, *values))
    for (holder,) in holders:
        sql = "SELECT data FROM journal WHERE record_id = ? AND kind = ? AND run_id = ? AND op = 'changed'"
        if not any("name" in as_json(row[0]) for row in db.select(sql, (holder, kind, run_id))):
            return False
        db.execute(f"UPDATE {kind} SET name = NULL WHERE id = ?", (holder,))
    return True


@dataclass(frozen=True, slots=True)
class Beside:
    """A contact beside a deal, and whether the deal's own record or a record of its own says so."""

    deal_id: int
    contact_id: int
    origin: str


def beside(db: Writer, contact_ids: Iterable[int]) -> list[Beside]:
    """List the deals that contacts stand beside."""
    sql = "SELECT deal_id, contact_id, origin FROM association WHERE contact_id IN {in}"
    return [Beside(*row) for row in db.select_in(sql, contact_ids)]


def clear_place(db: Writer, deal_id: int, contact_id: int) -> bool:
    """Remove what a deal's own record put between it and a contact; tells whether the place is free now."""
    pair = (deal_id, contact_id)
    db.execute("DELETE FROM association WHERE deal_id = ? AND contact_id = ? AND origin = 'deal'", pair)
    return not db.select("SELECT 1 FROM association WHERE deal_id = ? AND contact_id = ?", pair)


def delete_records(db: Writer, kind: str, ids: Sequence[int]) -> None:
    """Remove records with what hangs on them."""
    keys = [(id_,) for id_ in ids]
    db.delete(kind, ("id",), keys)
    if kind in {"deal", "contact"}:
        db.delete("association", (f"{kind}_id",), keys)
    if kind == "deal":
        db.delete("stage_change", ("deal_id",), keys)
    if kind == "lead":
        db.delete("conversion", ("lead_id",), keys)
    for table in ("hand_edit", "figure", "facet") if kind in {"lead", "contact", "deal"} else ():
        db.delete(table, ("record_type", "record_id"), [(kind, id_) for id_ in ids])
    if kind in {"person", "company"}:
        db.delete("duplicate", ("sort", "one_id"), [(kind, id_) for id_ in ids])
        db.delete("duplicate", ("sort", "other_id"), [(kind, id_) for id_ in ids])
    if kind in {"user", "pipeline", "stage"}:
        db.delete("outside_id", ("kind", "record_id"), [(kind, id_) for id_ in ids])
    db.delete("link", ("record_type", "record_id"), [(kind, id_) for id_ in ids])


def forget_stage_changes(db: Writer, run_id: int, deal_id: int) -> None:
    """Take out of a deal's history where a run moved it."""
    db.delete("stage_change", ("run_id", "deal_id"), [(run_id, deal_id)])


def merged_into_by_others(db: Writer, places: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of records, those leads and contacts into which others were merged by hand, a lead into a contact too."""
    found: set[tuple[str, int]] = set()
    for kind in ("lead", "contact"):
        ids = {id_ for its, id_ in places if its == kind}
        rows = db.select_in(f"SELECT merged_into FROM {kind} WHERE merged_into IN {{in}}", ids)
        found |= {(kind, row[0]) for row in rows}
    contacts = {id_ for its, id_ in places if its == "contact"}
    sql = "SELECT individual_id, details FROM conversion WHERE undone_at IS NULL AND individual_id IN {in}"
    found |= {("contact", id_) for id_, said in db.select_in(sql, contacts) if "merge" in (as_json(said) or {})}
    return found


def delete_source_records(db: Writer, ids: Sequence[int]) -> None:
    """Remove source records with their links, keys, holds and waits."""
    keys = [(id_,) for id_ in ids]
    for table in ("link", "match_key", "profile", "held", "pending_ref"):
        db.delete(table, ("source_record_id",), keys)
    db.delete("source_record", ("id",), keys)


def landed_by(db: Writer, ids: Iterable[int]) -> dict[int, int]:
    """Tell which run last landed source records."""
    return dict(db.select_in("SELECT id, run_id FROM source_record WHERE id IN {in}", ids))


def restore_source_record(db: Writer, id_: int, before: Mapping[str, Any]) -> None:
    """Set a source record's columns back to what they were; the hash comes as hexadecimal text."""
    values = {name: bytes.fromhex(v) if name == "raw_hash" and v else v for name, v in before.items()}
    columns = [name for name in CHANGING if name in values]
    db.update("source_record", columns, ("id",), [(*(values[c] for c in columns), id_)])


def restore_waiting(db: Writer, id_: int, before: Iterable[Sequence[str | None]]) -> None:
    """Let a source record wait for what it waited for before: source, lookup, value, mapping, field, stream.

    Journals of older hubs know no stream.
    """
    db.delete("pending_ref", ("source_record_id",), [(id_,)])
    columns = ("source", "lookup", "value", "mapping", "field", "stream", "source_record_id")
    db.insert("pending_ref", columns, [(*row[:5], row[5] if len(row) > 5 else None, id_) for row in before])


def restore_held(db: Writer, run: RunRow, id_: int) -> None:
    """Take back what a run noted as held of a source record, and hold again what it released.

    Only the last hold of each mapping can have stood when the run began.
    """
    db.execute("DELETE FROM held WHERE source_record_id = ? AND run_id = ?", (id_, run.id))
    db.execute(
        "UPDATE held SET released_at = NULL WHERE released_at >= ? AND id IN "
        "(SELECT MAX(id) FROM held WHERE source_record_id = ? GROUP BY mapping)",
        (run.started_at, id_),
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source record came from, and what its mappings made of it."""

    source: str
    source_id: str
    good_drafts: str | None


def origin_of(db: Writer, id_: int) -> Origin:
    """Look up where a source record came from."""
    sql = (
        "SELECT s.source, r.source_id, r.good_drafts FROM source_record r JOIN stream s ON s.id = r.stream_id "
        "WHERE r.id = ?"
    )
    return Origin(*db.select(sql, (id_,))[0])


def forget_outside_id(db: Writer, source: str, kind: str, value: str) -> None:
    """Forget by which id a source knows one of our users, pipelines or stages."""
    db.delete("outside_id", ("source", "kind", "value"), [(source, kind, value)])


def add_link(db: Writer, link: LinkRow) -> None:
    """Put a link back."""
    columns = ("source_record_id", "mapping", "record_type", "record_id", "role", "identity", "rank")
    row = (link.source_record_id, link.mapping, link.record_type, link.record_id, link.role, link.identity, link.rank)
    db.upsert("link", columns, columns[:2], [row])


def give_back_turns(db: Writer, run_id: int, kind: str, ids: Iterable[int], now: str) -> int:
    """Give back the turns that a run spent on records; gives how many."""
    sql = (
        "SELECT id, pool_id, user_id, spent FROM assignment WHERE run_id = ? AND record_type = ? "
        "AND given_back_at IS NULL AND record_id IN {in}"
    )
    taken = db.select_in(sql, ids, (run_id, kind))
    db.update("assignment", ("given_back_at",), ("id",), [(now, row[0]) for row in taken])
    turns.count(db, taken, -1)
    turns.rebase(db, {row[1] for row in taken if row[3]}, now)
    return sum(bool(row[3]) for row in taken)


def spend_turns_again(db: Writer, run: RunRow, kind: str, id_: int) -> None:
    """Spend the turns again that a run gave back when it merged a record into another."""
    sql = (
        "SELECT id, pool_id, user_id, spent FROM assignment "
        "WHERE record_id = ? AND record_type = ? AND given_back_at >= ?"
    )
    taken = db.select(sql, (id_, kind, run.started_at))
    db.update("assignment", ("given_back_at",), ("id",), [(None, row[0]) for row in taken])
    turns.count(db, taken, 1)


@dataclass(frozen=True, slots=True)
class CursorMove:
    """How far a run moved a stream's cursor, and where it stands now."""

    stream_id: int
    stream: str
    before: Any
    after: Any
    now: Any


def cursor_moves(db: Writer, run_id: int) -> list[CursorMove]:
    """List the cursors that a run moved."""
    rows = db.select(
        "SELECT s.id, s.name, rs.cursor_before, rs.cursor_after, s.cursor FROM run_stream rs "
        "JOIN stream s ON s.id = rs.stream_id WHERE rs.run_id = ? ORDER BY s.id",
        (run_id,),
    )
    return [CursorMove(id_, name, as_json(b), as_json(a), as_json(n)) for id_, name, b, a, n in rows]


def set_cursor(db: Writer, stream_id: int, cursor: Any) -> None:
    """Put a cursor back."""
    db.execute("UPDATE stream SET cursor = ? WHERE id = ?", (json_text(cursor), stream_id))


def forget_mapping_versions(db: Writer, run_id: int) -> None:
    """Let the next sync of a run's streams look for records that were mapped by another version."""
    db.execute(
        "UPDATE stream SET mapping_version = '' WHERE mapping_version IS NOT NULL AND id IN "
        "(SELECT stream_id FROM run_stream WHERE run_id = ?)",
        (run_id,),
    )


def forget_first_reading(db: Writer, run_id: int) -> None:
    """Note a run's streams as never read to their end, where no other run that stands did so."""
    db.execute(
        "UPDATE stream SET synced_at = NULL WHERE synced_at IS NOT NULL AND id IN "
        "(SELECT stream_id FROM run_stream WHERE run_id = ?) AND NOT EXISTS "
        "(SELECT 1 FROM run_stream o JOIN run r ON r.id = o.run_id WHERE o.stream_id = stream.id AND o.run_id <> ? "
        "AND r.undone_by_run_id IS NULL AND o.state IN ('done', 'done_with_held'))",
        (run_id, run_id),
    )


def forget_queued(db: Writer, kind: str, ids: Iterable[int]) -> None:
    """Take records out of the outbox."""
    db.delete("outbox", ("record_type", "record_id"), [(kind, id_) for id_ in ids])


def delivered(db: Writer, kind: str, ids: Iterable[int]) -> list[tuple[str, int]]:
    """Tell which of these records were delivered where: destination, record id."""
    sql = "SELECT destination, record_id FROM delivery WHERE record_type = ? AND record_id IN {in}"
    return [(row[0], row[1]) for row in db.select_in(sql, ids, (kind,))]


def queue(db: Writer, rows: Sequence[tuple[str, str, int, str, int, str]]) -> None:
    """Add to the outbox: destination, record type, record id, action, run id, time."""
    db.insert("outbox", ("destination", "record_type", "record_id", "action", "run_id", "created_at"), rows)
