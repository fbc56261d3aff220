"""Users, pools, pipelines and stages, sources and reasons: the small tables that records point to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sell_model.matching.normal_forms import folded
from sell_model.pools import Member, joined
from sell_model.types import JsonObject
from storage import canonical
from storage.absences import ABSENT
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user, as far as owners are concerned."""

    id: int
    name: str | None
    email: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage with its pipeline."""

    id: int
    pipeline_id: int
    name: str
    category: str
    position: int
    likelihood: int
    pipeline: str
    disabled: bool = False
    """Whether its pipeline takes no more deals."""


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool."""

    id: int
    record_type: str
    name: str
    fallback_user_id: int | None = None
    """Who gets it when nobody in the pool is available."""
    fallback_pool_id: int | None = None
    """The pool that deals it out then."""
    known_owner_first: bool = False
    """Whether the owner of the record's known account gets it, and no turn is spent."""
    skip_present_owner: bool = False
    """Whether a record that is dealt out anew goes to somebody else than its present owner."""


def hold(db: Writer, what: str = "roster", *, shared: bool = False) -> None:
    """Let nobody else add to the small tables until the transaction ends; first wait for whoever does just now.

    Look only afterwards whether something is there. SQLite has one writer anyway.

    Args:
        what: those who hold different things do not wait for each other.
        shared: others may hold it so too; only who holds it alone waits for them.
    """
    if not db.is_sqlite:
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        db.select(f"SELECT {lock}(hashtextextended(?, 0))", (f"sellhub {what}",))


def users(db: Writer) -> list[UserRow]:
    """List all users, by id."""
    return [UserRow(*row) for row in db.select('SELECT id, name, email, status FROM "user" ORDER BY id')]


def emails(db: Writer) -> dict[str, int]:
    """Map users' addresses in lower case to ids; of two users with one address the first counts.

    Python's lower case: SQLite's knows ASCII only.
    """
    rows = db.select('SELECT email, id FROM "user" WHERE email IS NOT NULL ORDER BY id DESC')
    return {email.lower(): id_ for email, id_ in rows}


def find_user(db: Writer, email: str) -> int | None:
    """Find a user by address, whatever its case."""
    return emails(db).get(email.lower())


def add_user(db: Writer, fields: JsonObject, now: str) -> int:
    """Add a user."""
    return _add(db, "user", {"status": "active", "role": "user", **fields}, now)


def has_pipelines(db: Writer) -> bool:
    """Whether there is any pipeline."""
    return bool(db.select("SELECT 1 FROM pipeline LIMIT 1"))


def has_reasons(db: Writer) -> bool:
    """Whether there is any reason why deals or leads were lost or unqualified."""
    sql = "SELECT 1 FROM loss_reason UNION ALL SELECT 1 FROM unqualified_reason LIMIT 1"
    return bool(db.select(sql))


def add_pipeline(db: Writer, fields: JsonObject, now: str) -> int:
    """Add a pipeline."""
    return _add(db, "pipeline", fields, now)


def pipelines(db: Writer) -> dict[str, int]:
    """Map pipelines' names to ids, in order of id: the first is the default."""
    return {row[0]: row[1] for row in db.select("SELECT name, id FROM pipeline ORDER BY id")}


def add_stage(db: Writer, pipeline_id: int, fields: JsonObject, now: str) -> int:
    """Add a stage."""
    return _add(db, "stage", {**fields, "pipeline_id": pipeline_id}, now)


def stages(db: Writer) -> list[StageRow]:
    """List all stages that deals may stand in, pipeline by pipeline, in their order; removed ones are left out."""
    sql = (
        "SELECT s.id, s.pipeline_id, s.name, s.category, s.position, s.likelihood, p.name, p.disabled "
        "FROM stage s JOIN pipeline p ON p.id = s.pipeline_id WHERE s.removed_at IS NULL "
        "ORDER BY s.pipeline_id, s.position, s.id"
    )
    return [StageRow(*[*row[:7], bool(row[7])]) for row in db.select(sql)]


def _add(db: Writer, kind: str, fields: JsonObject, now: str) -> int:
    id_ = next(db.allocate(kind, 1))
    canonical.insert(db, kind, [{**fields, "id": id_}], now)
    return id_


def find_pool(db: Writer, record_type: str, name: str) -> PoolRow | None:
    """Find a pool by the type of its records and its name, whatever its case."""
    wanted = (record_type, name.lower())
    return next((pool for pool in pools(db) if (pool.record_type, pool.name.lower()) == wanted), None)


def pools(db: Writer) -> list[PoolRow]:
    """List all pools, by type and name."""
    sql = (
        "SELECT id, record_type, name, fallback_user_id, fallback_pool_id, known_owner_first, skip_present_owner "
        "FROM pool ORDER BY record_type, name"
    )
    return [PoolRow(*[*row[:5], bool(row[5]), bool(row[6])]) for row in db.select(sql)]


def add_pool(db: Writer, record_type: str, name: str, now: str) -> int:
    """Add an empty pool."""
    id_ = next(db.allocate("pool", 1))
    db.insert("pool", ("id", "record_type", "name", "created_at", "updated_at"), [(id_, record_type, name, now, now)])
    return id_


def set_pool(db: Writer, pool: PoolRow, now: str) -> None:
    """Write a pool's settings."""
    settings = (pool.fallback_user_id, pool.fallback_pool_id, pool.known_owner_first, pool.skip_present_owner)
    names = ("fallback_user_id", "fallback_pool_id", "known_owner_first", "skip_present_owner", "updated_at")
    db.update("pool", names, ("id",), [(*settings, now, pool.id)])


def lock_pools(db: Writer, pool_ids: Iterable[int]) -> None:
    """Hold pools until the transaction ends, so that no turn is given twice.

    By rising id, so that two transactions never wait for each other. SQLite has one writer anyway.
    """
    if not db.is_sqlite:
        db.select_in("SELECT id FROM pool WHERE id IN {in} ORDER BY id FOR UPDATE", sorted(set(pool_ids)))


def members(db: Writer, pool_id: int, now: str) -> list[Member]:
    """List a pool's members in order, and who of them is absent at a time."""
    sql = (
        f"SELECT m.user_id, m.place, m.turns, {ABSENT}, m.behind, m.credit FROM pool_member m "
        'JOIN "user" u ON u.id = m.user_id WHERE m.pool_id = ? ORDER BY m.place'
    )
    return [Member(*[*row[:4], bool(row[4]), row[5]]) for row in db.select(sql, (now, now, pool_id))]


def join_pool(db: Writer, pool_id: int, user_id: int, now: str) -> None:
    """Add a user to a pool, at the end; somebody who is in it already stays where they are."""
    lock_pools(db, [pool_id])
    there = members(db, pool_id, now)
    if any(m.user_id == user_id for m in there):
        return
    new = joined(there, user_id)
    row = (pool_id, user_id, new.place, new.turns, new.credit, now)
    db.insert("pool_member", ("pool_id", "user_id", "place", "turns", "credit", "joined_at"), [row])


def leave_pool(db: Writer, pool_id: int, user_id: int) -> bool:
    """Take a user out of a pool; false when they were not in it."""
    return db.execute("DELETE FROM pool_member WHERE pool_id = ? AND user_id = ?", (pool_id, user_id)) == 1


def save_members(db: Writer, pool_id: int, those: Iterable[Member]) -> None:
    """Write members' places and turns, and whether others had turns while they were absent."""
    rows = [(m.place, m.turns, m.credit, m.behind, pool_id, m.user_id) for m in those]
    db.update("pool_member", ("place", "turns", "credit", "behind"), ("pool_id", "user_id"), rows)


def paused(db: Writer, pool_id: int) -> set[int]:
    """Tell who of a pool's members pauses."""
    rows = db.select("SELECT user_id FROM pool_member WHERE pool_id = ? AND paused_at IS NOT NULL", (pool_id,))
    return {row[0] for row in rows}


def set_paused(db: Writer, pool_id: int, user_ids: Iterable[int], paused_at: str | None) -> None:
    """Take members out of a pool's turns for a while, or let them in again."""
    rows = [(paused_at, pool_id, user_id) for user_id in user_ids]
    db.update("pool_member", ("paused_at",), ("pool_id", "user_id"), rows)


def outside_ids(db: Writer, source: str, kind: str) -> dict[str, int]:
    """Map a source's own ids of users, pipelines or stages to ours."""
    sql = "SELECT value, record_id FROM outside_id WHERE source = ? AND kind = ?"
    return dict(db.select(sql, (source, kind)))


def learn_outside_ids(db: Writer, source: str, kind: str, ids: dict[str, int]) -> None:
    """Remember a source's own ids."""
    rows = [(source, kind, value, id_) for value, id_ in ids.items()]
    db.upsert("outside_id", ("source", "kind", "value", "record_id"), ("source", "kind", "value"), rows)


def named(db: Writer, table: str, record_type: str | None) -> dict[str, int]:
    """Map the names in `source`, `loss_reason` or `unqualified_reason` to ids."""
    if record_type is None:
        return dict(db.select(f"SELECT name, id FROM {table}"))
    return dict(db.select(f"SELECT name, id FROM {table} WHERE resource_type = ?", (record_type,)))


def add_named(db: Writer, table: str, record_type: str | None, name: str, now: str) -> int:
    """Add a source or a reason; where another process has just added it, in whatever spelling, give that one."""
    hold(db, f"names of {record_type or 'deal'}s")
    for known, id_ in named(db, table, record_type).items():
        if folded(known) == folded(name):
            return id_
    id_ = next(db.allocate(table, 1))
    if record_type is None:
        db.insert(table, ("id", "name", "created_at", "updated_at"), [(id_, name, now, now)])
    else:
        row = (id_, name, record_type, now, now)
        db.insert(table, ("id", "name", "resource_type", "created_at", "updated_at"), [row])
    return id_


def free_names(db: Writer, kind: str, ids: Sequence[int]) -> None:
    """Take the names of pipelines or stages that are about to get others: two may swap theirs."""
    db.many(f"UPDATE {kind} SET name = NULL WHERE id = ?", [(id_,) for id_ in ids])
