"""The queries of an undo: what a run did, and the rows that stand in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer
from storage.landing import CHANGING, LinkRow
from storage.streams import as_json, json_text


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, as far as undoing it is concerned."""

    id: int
    kind: str
    source: str | None
    state: str
    undone_by_run_id: int | None


def find_run(db: Writer, run_id: int) -> RunRow | None:
    """Look a run up."""
    rows = db.select("SELECT id, kind, source, state, undone_by_run_id FROM run WHERE id = ?", (run_id,))
    return RunRow(*rows[0]) if rows else None


def mark_undone(db: Writer, run_id: int, by: int) -> None:
    """Note that a run was taken back."""
    db.execute("UPDATE run SET undone_by_run_id = ?, state = 'undone' WHERE id = ?", (by, run_id))
    db.execute("UPDATE run SET undoes_run_id = ? WHERE id = ?", (run_id, by))


def drop_entries(db: Writer, ids: Iterable[int]) -> None:
    """Forget journal entries that were taken back: taking them back again would do harm."""
    db.delete("journal", ("id",), [(id_,) for id_ in ids])


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
        ("deal", "organization_id"), ("association", "contact_id"),
    ),
    "user": (("lead", "owner_id"), ("contact", "owner_id"), ("deal", "owner_id"), ("pool_member", "user_id")),
    "pipeline": (("stage", "pipeline_id"),),
    "stage": (("deal", "stage_id"),),
    "person": (("lead", "person_id"), ("contact", "person_id")),
    "company": (("contact", "company_id"),),
}  # fmt: skip


def pointed_to(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, str]:
    """Tell which of these records are pointed to from outside their midst, and what points."""
    wanted = set(ids)
    found: dict[int, str] = {}
    for table, column in _POINTING.get(kind, ()):
        own = "id" if table == kind else "NULL"
        sql = f"SELECT {column}, {own} FROM {table} WHERE {column} IN {{in}}"
        found.update({row[0]: table for row in db.select_in(sql, wanted) if row[1] not in wanted})
    return found


def delete_records(db: Writer, kind: str, ids: Sequence[int]) -> None:
    """Remove records with what hangs on them."""
    keys = [(id_,) for id_ in ids]
    db.delete(kind, ("id",), keys)
    if kind == "deal":
        db.delete("association", ("deal_id",), keys)
    if kind in {"user", "pipeline", "stage"}:
        db.delete("outside_id", ("kind", "record_id"), [(kind, id_) for id_ in ids])
    db.delete("link", ("record_type", "record_id"), [(kind, id_) for id_ in ids])


def delete_source_records(db: Writer, ids: Sequence[int]) -> None:
    """Remove source records with their links, keys, holds and waits."""
    keys = [(id_,) for id_ in ids]
    for table in ("link", "match_key", "held", "pending_ref"):
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


def reopen_held(db: Writer, run_id: int, id_: int, *, was_held: bool) -> None:
    """Take back what a run noted as held of a source record, and hold again what was held before."""
    db.execute("DELETE FROM held WHERE source_record_id = ? AND run_id = ?", (id_, run_id))
    if was_held:
        last = db.select("SELECT MAX(run_id) FROM held WHERE source_record_id = ?", (id_,))[0][0]
        db.execute("UPDATE held SET released_at = NULL WHERE source_record_id = ? AND run_id = ?", (id_, last))


def outcome(db: Writer, id_: int) -> str | None:
    """Read how a source record last came out."""
    rows = db.select("SELECT outcome FROM source_record WHERE id = ?", (id_,))
    return rows[0][0] if rows else None


def add_link(db: Writer, link: LinkRow) -> None:
    """Put a link back."""
    columns = ("source_record_id", "mapping", "record_type", "record_id", "role", "identity", "rank")
    row = (link.source_record_id, link.mapping, link.record_type, link.record_id, link.role, link.identity, link.rank)
    db.upsert("link", columns, columns[:2], [row])


def give_back_turns(db: Writer, run_id: int, kind: str, ids: Iterable[int], now: str) -> int:
    """Give back the turns that a run spent on records that are no more; gives how many."""
    sql = (
        "SELECT id, pool_id, user_id FROM assignment WHERE run_id = ? AND record_type = ? "
        "AND given_back_at IS NULL AND record_id IN {in}"
    )
    turns = db.select_in(sql, ids, (run_id, kind))
    db.update("assignment", ("given_back_at",), ("id",), [(now, row[0]) for row in turns])
    db.many("UPDATE pool_member SET turns = turns - 1 WHERE pool_id = ? AND user_id = ?", [(r[1], r[2]) for r in turns])
    return len(turns)


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
