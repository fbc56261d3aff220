"""Pairs that may be one: what weighed evidence found, and what people said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer
from storage.streams import as_json, json_text


@dataclass(frozen=True, slots=True)
class Asked:
    """Two people, or two companies, that may be one; `one_id` is the lower."""

    sort: str
    one_id: int
    other_id: int
    bits: float
    guard: str
    """Why they are not joined without a person; empty: the evidence alone does not suffice."""
    parts: Sequence[Sequence[Any]]
    """Comparison, level, bits; the prior first."""


def ask(db: Writer, asked: Iterable[Asked], run_id: int | None, now: str) -> None:
    """Put pairs before people; what was said of a pair stands, an open one is asked anew with what is known now.

    Nobody is asked about two of whom a person said that they are two, or said it of any who went into them.
    """
    pairs = {(each.sort, each.one_id, each.other_id): each for each in asked if each.one_id != each.other_id}
    for pair in told_apart(db, pairs):
        del pairs[pair]
    columns = "sort, one_id, other_id, bits, guard, parts, state, run_id, asked_at"
    db.many(
        f"INSERT INTO duplicate ({columns}) VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?) "
        "ON CONFLICT (sort, one_id, other_id) DO UPDATE SET bits = excluded.bits, guard = excluded.guard, "
        "parts = excluded.parts WHERE duplicate.state = 'open'",
        [
            (a.sort, a.one_id, a.other_id, round(a.bits, 3), a.guard, json_text(list(a.parts)), run_id, now)
            for a in pairs.values()
        ],
    )


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """A pair that may be one, and what was said of it."""

    id: int
    sort: str
    one_id: int
    other_id: int
    bits: float
    guard: str
    parts: Sequence[Sequence[Any]]
    """Comparison, level, bits; the prior first."""
    state: str
    """`open`, `merged`, or `never`."""
    run_id: int | None
    asked_at: str
    decided_by: str | None = None
    decided_at: str | None = None


_COLUMNS = (
    "d.id, d.sort, d.one_id, d.other_id, d.bits, d.guard, d.parts, d.state, d.run_id, d.asked_at, d.decided_by, "
    "d.decided_at"
)


def _read(row: Sequence[Any]) -> DuplicateRow:
    id_, sort, one_id, other_id, bits, guard, parts, *answer = row
    return DuplicateRow(id_, sort, one_id, other_id, bits, guard or "", as_json(parts) or [], *answer)


def by_id(db: Writer, id_: int) -> DuplicateRow | None:
    """Fetch one."""
    rows = db.select(f"SELECT {_COLUMNS} FROM duplicate d WHERE d.id = ?", (id_,))
    return _read(rows[0]) if rows else None


def between(db: Writer, sort: str, one_id: int, other_id: int) -> DuplicateRow | None:
    """Fetch the one of two identities."""
    pair = sorted((one_id, other_id))
    rows = db.select(
        f"SELECT {_COLUMNS} FROM duplicate d WHERE sort = ? AND one_id = ? AND other_id = ?", (sort, *pair)
    )
    return _read(rows[0]) if rows else None


def _stands(column: str) -> str:
    """SQL: an identity has a record that was neither merged away nor deleted."""
    there = "r.merged_into IS NULL AND r.deleted_at IS NULL"
    tests = {
        "person": [f"EXISTS (SELECT 1 FROM {kind} r WHERE r.person_id = {column} AND {there})" for kind in _KINDS],
        "company": [f"EXISTS (SELECT 1 FROM contact r WHERE r.company_id = {column} AND {there})"],
    }
    return " OR ".join(f"(d.sort = '{sort}' AND ({' OR '.join(each)}))" for sort, each in tests.items())


_KINDS = ("lead", "contact")
_BOTH_STAND = f"({_stands('d.one_id')}) AND ({_stands('d.other_id')})"


def of_state(
    db: Writer, state: str, limit: int, *, sort: str | None = None, below: tuple[float, int] | None = None
) -> list[DuplicateRow]:
    """List pairs of one state, the likeliest first; of the open ones those of whom both are still there.

    Args:
        below: the bits and the id of the last pair of the page before.
    """
    clauses, values = ["d.state = ?"], [state]
    if state == "open":
        clauses.append(_BOTH_STAND)
    if sort is not None:
        clauses.append("d.sort = ?")
        values.append(sort)
    if below is not None:
        clauses.append("(d.bits < ? OR (d.bits = ? AND d.id > ?))")
        values += [below[0], below[0], below[1]]  # type: ignore[list-item]
    sql = f"SELECT {_COLUMNS} FROM duplicate d WHERE {' AND '.join(clauses)} ORDER BY d.bits DESC, d.id LIMIT ?"
    return [_read(row) for row in db.select(sql, (*values, limit))]


def count_open(db: Writer) -> int:
    """Count the pairs that wait for an answer."""
    count: int = db.select(f"SELECT COUNT(*) FROM duplicate d WHERE d.state = 'open' AND {_BOTH_STAND}")[0][0]
    return count


def open_after(db: Writer, after: int, limit: int) -> list[DuplicateRow]:
    """List questions that wait for an answer, by id, from after one on."""
    sql = f"SELECT {_COLUMNS} FROM duplicate d WHERE d.id > ? AND d.state = 'open' ORDER BY d.id LIMIT ?"
    return [_read(row) for row in db.select(sql, (after, limit))]


def open_about(db: Writer, sort: str, id_: int) -> list[DuplicateRow]:
    """List the questions about one identity that wait for an answer."""
    return [row for column in ("one_id", "other_id") for row in _open_about(db, sort, id_, column)]


def settle(db: Writer, sort: str, one_id: int, other_id: int, state: str, by: str, now: str) -> None:
    """Note what a person said of two identities, asked or not."""
    one, other = sorted((one_id, other_id))
    db.execute(
        "INSERT INTO duplicate (sort, one_id, other_id, bits, guard, state, asked_at, decided_by, decided_at) "
        "VALUES (?, ?, ?, 0, '', ?, ?, ?, ?) ON CONFLICT (sort, one_id, other_id) DO UPDATE SET "
        "state = excluded.state, decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        (sort, one, other, state, now, by, now),
    )


def told_apart(db: Writer, pairs: Iterable[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
    """Of pairs (sort, identity, identity), those that a person's *never* stands between, member by member."""
    wanted, apart = set(pairs), set()
    for sort in {sort for sort, *_ in wanted}:
        mine = {(one, other) for its, one, other in wanted if its == sort}
        cluster = _members(db, sort, {id_ for pair in mine for id_ in pair})
        sql = "SELECT one_id, other_id FROM duplicate WHERE sort = ? AND state = 'never' AND one_id IN {in}"
        said = {(cluster.get(row[0]), cluster.get(row[1])) for row in db.select_in(sql, cluster, (sort,))}
        apart |= {(sort, *pair) for pair in mine if pair in said or pair[::-1] in said}
    return apart


def _members(db: Writer, sort: str, ids: set[int]) -> dict[int, int]:
    """Give each of these identities, and all who went into it by hand → the identity itself."""
    cluster = {id_: id_ for id_ in ids}
    new = set(ids)
    while new:
        sql = "SELECT loser_id, winner_id FROM merge WHERE sort = ? AND undone_at IS NULL AND winner_id IN {in}"
        found = {row[0]: cluster[row[1]] for row in db.select_in(sql, new, (sort,))}
        new = found.keys() - cluster.keys()
        cluster = found | cluster
    return cluster


@dataclass(frozen=True, slots=True)
class Followed:
    """An open question about who went into somebody, as it was."""

    one_id: int
    other_id: int
    bits: float
    guard: str
    parts: Sequence[Sequence[Any]]
    run_id: int | None
    asked_at: str
    moved: bool
    """Whether it was asked about the one that stayed from then on."""


def follow_merge(db: Writer, sort: str, winner_id: int, loser_id: int) -> list[Followed]:
    """Let open questions about who went into somebody be about that one, where nothing is said of that pair yet.

    Called once the merge is kept. Gives the questions as they were, for whoever takes the merge back.
    """
    both = (winner_id, loser_id)
    found = [row for id_ in both for row in open_about(db, sort, id_)]
    pairs = {row.id: sorted(winner_id if id_ in both else id_ for id_ in (row.one_id, row.other_id)) for row in found}
    apart = told_apart(db, [(sort, one, other) for one, other in pairs.values()])
    followed = []
    for row in found:
        one, other = pairs[row.id]
        if loser_id not in {row.one_id, row.other_id}:
            if (sort, one, other) in apart:
                followed.append(_followed(row, moved=False))
                db.execute("DELETE FROM duplicate WHERE id = ?", (row.id,))
            continue
        moves = one != other and (sort, one, other) not in apart and between(db, sort, one, other) is None
        followed.append(_followed(row, moved=moves))
        if moves:
            db.execute("UPDATE duplicate SET one_id = ?, other_id = ? WHERE id = ?", (one, other, row.id))
        else:
            db.execute("DELETE FROM duplicate WHERE id = ?", (row.id,))
    return followed


def _open_about(db: Writer, sort: str, id_: int, column: str) -> list[DuplicateRow]:
    sql = f"SELECT {_COLUMNS} FROM duplicate d WHERE d.sort = ? AND d.state = 'open' AND d.{column} = ?"
    return [_read(row) for row in db.select(sql, (sort, id_))]


def _followed(row: DuplicateRow, *, moved: bool) -> Followed:
    return Followed(row.one_id, row.other_id, row.bits, row.guard, row.parts, row.run_id, row.asked_at, moved)


def ask_again(db: Writer, sort: str, winner_id: int, was: Followed, who: Callable[[int], int]) -> None:
    """Ask again about who is by themselves again, as before, unless something was said meanwhile.

    Args:
        who: gives the identity that stands for one that may have gone into another since.
    """
    one, other = sorted((who(was.one_id), who(was.other_id)))
    if was.moved:
        third = [id_ for id_ in (was.one_id, was.other_id) if id_ != winner_id]
        for id_ in third:
            pair = sorted((who(winner_id), who(id_)))
            sql = "DELETE FROM duplicate WHERE sort = ? AND state = 'open' AND one_id = ? AND other_id = ?"
            db.execute(sql, (sort, *pair))
    if one != other:
        again = Asked(sort, one, other, was.bits, was.guard, was.parts)
        ask(db, [again], was.run_id, was.asked_at)


def copy_never(db: Writer, sort: str, winners: Mapping[int, int]) -> None:
    """Let what people said of who was merged at its source hold for the one that stayed: loser → winner."""
    columns = "SELECT one_id, other_id, decided_by, decided_at FROM duplicate WHERE sort = ? AND state = 'never'"
    for column in ("one_id", "other_id"):
        for one, other, by, at in db.select_in(f"{columns} AND {column} IN {{in}}", winners, (sort,)):
            loser, third = (one, other) if column == "one_id" else (other, one)
            winner = winners[loser]
            if third != winner and between(db, sort, winner, third) is None:
                settle(db, sort, winner, third, "never", by, at)
