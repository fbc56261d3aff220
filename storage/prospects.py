"""Prospect lists: who was found, why somebody is left out, what was paid for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sell_model.types import JsonObject
from storage.hot import Writer
from storage.streams import as_json, json_text

FOUND, READY, SUPPRESSED, BUYING, GONE = "found", "ready", "suppressed", "buying", "gone"
"""Contact data has to be paid for · is here · is not wanted · is being paid for · is not to be had."""
STATES = (FOUND, READY, SUPPRESSED, BUYING, GONE)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A named list of prospects."""

    id: int
    name: str
    origin: str
    """`file NAME`, or `provider NAME`."""
    filter: str | None
    created_by: str
    created_at: str


@dataclass(frozen=True, slots=True)
class ProspectRow:
    """Somebody on a list."""

    id: int
    list_id: int
    outside_id: str
    """What the provider or the file calls them; a provider's begins with its name."""
    state: str
    reason: str | None
    """Why they are suppressed."""
    data: JsonObject
    credits: int | None
    """What was paid for them; None: nothing, or nothing yet."""
    bought_at: str | None
    bought_by: str | None


_LIST = "id, name, origin, filter, created_by, created_at"
_PROSPECT = "id, list_id, outside_id, state, reason, data, credits, bought_at, bought_by"


def lists(db: Writer) -> list[ListRow]:
    """List all, by name."""
    return [ListRow(*row) for row in db.select(f"SELECT {_LIST} FROM prospect_list ORDER BY name")]


def find_list(db: Writer, name: str) -> ListRow | None:
    """Find a list by its name, whatever its case."""
    return next((row for row in lists(db) if row.name.lower() == name.lower()), None)


def add_list(db: Writer, name: str, origin: str, filter_: str | None, by: str, now: str) -> ListRow:
    """Make a list; one of that name that somebody makes meanwhile is taken."""
    sql = (
        "INSERT INTO prospect_list (name, origin, filter, created_by, created_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO NOTHING"
    )
    db.execute(sql, (name, origin, filter_, by, now))
    return ListRow(*db.select(f"SELECT {_LIST} FROM prospect_list WHERE name = ?", (name,))[0])


def remove_list(db: Writer, list_id: int) -> None:
    """Drop a list with all who are on it; for whom was paid, that is remembered under the list's number, negative."""
    db.execute("UPDATE prospect SET list_id = -list_id WHERE list_id = ? AND bought_at IS NOT NULL", (list_id,))
    db.delete("prospect", ("list_id",), [(list_id,)])
    db.delete("prospect_list", ("id",), [(list_id,)])


def counts(db: Writer) -> dict[int, dict[str, int]]:
    """Count who is on each list, by state."""
    found: dict[int, dict[str, int]] = {}
    for list_id, state, count in db.select("SELECT list_id, state, COUNT(*) FROM prospect GROUP BY list_id, state"):
        found.setdefault(list_id, {})[state] = count
    return found


def spent(db: Writer) -> dict[int, int]:
    """Sum up what was paid, by list."""
    sql = "SELECT list_id, SUM(credits) FROM prospect WHERE credits IS NOT NULL GROUP BY list_id"
    return {row[0]: int(row[1]) for row in db.select(sql)}


def on_list(db: Writer, list_id: int, states: Sequence[str], limit: int, after: int = 0) -> list[ProspectRow]:
    """List who is on a list in one of these states, by id."""
    marks = ", ".join("?" * len(states))
    sql = f"SELECT {_PROSPECT} FROM prospect WHERE list_id = ? AND state IN ({marks}) AND id > ? ORDER BY id LIMIT ?"
    return [_row(row) for row in db.select(sql, (list_id, *states, after, limit))]


def known(db: Writer, list_id: int, outside_ids: Iterable[str]) -> dict[str, ProspectRow]:
    """Find who is on a list already, by the id that the offerer gave."""
    sql = f"SELECT {_PROSPECT} FROM prospect WHERE list_id = ? AND outside_id IN {{in}}"
    return {row[2]: _row(row) for row in db.select_in(sql, outside_ids, (list_id,))}


def had(db: Writer, outside_ids: Iterable[str]) -> dict[str, ProspectRow]:
    """Find whose contact data was paid for before, on any list."""
    sql = f"SELECT {_PROSPECT} FROM prospect WHERE bought_at IS NOT NULL AND data IS NOT NULL AND outside_id IN {{in}}"
    return {row[2]: _row(row) for row in db.select_in(sql, outside_ids) if row[3] != GONE}


def add(db: Writer, rows: Sequence[tuple[int, str, str, str | None, JsonObject, str | None, str | None]]) -> None:
    """Put people on a list: list, outside id, state, reason, data, bought at, bought by."""
    columns = ("list_id", "outside_id", "state", "reason", "data", "bought_at", "bought_by")
    db.insert("prospect", columns, [(*row[:4], json_text(row[4]), *row[5:]) for row in rows])


def set_state(db: Writer, id_: int, state: str, reason: str | None = None, *, only: Sequence[str] = STATES) -> bool:
    """Move somebody to another state, if they are in one of these; tells whether they were."""
    marks = ", ".join("?" * len(only))
    sql = f"UPDATE prospect SET state = ?, reason = ? WHERE id = ? AND state IN ({marks})"
    return db.execute(sql, (state, reason, id_, *only)) == 1


def set_data(db: Writer, id_: int, data: JsonObject) -> None:
    """Keep what is known of somebody now."""
    value = "?" if db.is_sqlite else "CAST(? AS JSONB)"
    db.execute(f"UPDATE prospect SET data = {value} WHERE id = ?", (json_text(data), id_))


def set_bought(db: Writer, id_: int, state: str, data: JsonObject, price: int, by: str, now: str) -> None:
    """Keep what was paid for, with the price."""
    set_data(db, id_, data)
    sql = "UPDATE prospect SET state = ?, reason = NULL, credits = ?, bought_at = ?, bought_by = ? WHERE id = ?"
    db.execute(sql, (state, price, now, by, id_))


def _row(row: Any) -> ProspectRow:
    id_, list_id, outside_id, state, reason, data, *bought = row
    return ProspectRow(id_, list_id, outside_id, state, reason, as_json(data) or {}, *bought)


def suppressed(db: Writer) -> list[tuple[str, str, str]]:
    """List addresses and domains that are never to be bought: value, by whom, since when."""
    return [
        tuple(row) for row in db.select("SELECT value, added_by, added_at FROM prospect_suppression ORDER BY value")
    ]


def suppress(db: Writer, value: str, by: str, now: str) -> bool:
    """Never buy an address or a domain; tells whether that is new."""
    sql = "INSERT INTO prospect_suppression (value, added_by, added_at) VALUES (?, ?, ?) ON CONFLICT (value) DO NOTHING"
    return db.execute(sql, (value, by, now)) == 1


def unsuppress(db: Writer, value: str) -> bool:
    """Let an address or a domain be bought again; tells whether it was suppressed."""
    return db.execute("DELETE FROM prospect_suppression WHERE value = ?", (value,)) == 1


def addresses(db: Writer, kind: str) -> Iterator[tuple[int, str]]:
    """Go through the addresses of all leads, or contacts, that were not merged into others: id, address."""
    last = 0
    sql = (
        f'SELECT id, email FROM "{kind}" WHERE id > ? AND email IS NOT NULL AND merged_into IS NULL '
        "ORDER BY id LIMIT 5000"
    )
    while rows := db.select(sql, (last,)):
        yield from ((row[0], row[1]) for row in rows)
        last = rows[-1][0]


def fed_by(db: Writer, source: str, stream: str, source_ids: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Tell which leads or contacts came of prospects that were imported."""
    sql = (
        "SELECT r.source_id, l.record_type, l.record_id FROM stream s JOIN source_record r ON r.stream_id = s.id "
        "JOIN link l ON l.source_record_id = r.id AND l.record_type IN ('lead', 'contact') AND l.identity "
        "WHERE s.source = ? AND s.name = ? AND r.source_id IN {in}"
    )
    return {row[0]: (row[1], row[2]) for row in db.select_in(sql, source_ids, (source, stream))}


@dataclass(frozen=True, slots=True)
class WaitingWord:
    """What a record that waits for somebody says of them."""

    address: str
    source: str
    mapping: str
    raw: str


def waiting_words(db: Writer, addresses_: Iterable[str]) -> list[WaitingWord]:
    """Fetch what is said of addresses that nobody bears: consent above all."""
    sql = (
        "SELECT p.value, p.source, p.mapping, r.raw FROM pending_ref p "
        "JOIN source_record r ON r.id = p.source_record_id "
        "WHERE p.lookup = 'person' AND p.mapping LIKE '%.tagging' AND lower(p.value) IN {in}"
    )
    return [WaitingWord(*row) for row in db.select_in(sql, [each.lower() for each in addresses_])]
