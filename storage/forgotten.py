"""Who was forgotten, as salted hashes; and the rows of everything that spoke of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage.hot import Writer
from storage.streams import as_json
from storage.tables import Json, metadata

SALT = "forgetting salt"
"""Name of the hub's state that holds the salt."""


def any_forgotten(db: Writer) -> int:
    """Count the hashes: none, and no sync has anything to look for."""
    count: int = db.select("SELECT COUNT(*) FROM suppression")[0][0]
    return count


def forgotten(db: Writer) -> frozenset[str]:
    """Fetch all hashes."""
    return frozenset(row[0] for row in db.select("SELECT hash FROM suppression"))


def remember(db: Writer, hashes: Iterable[str], by: str, now: str) -> None:
    """Note hashes; those that are there stay as they are."""
    rows = [(each, now, by) for each in sorted(set(hashes))]
    sql = "INSERT INTO suppression (hash, forgotten_at, forgotten_by) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING"
    db.many(sql, rows)


def let_back(db: Writer, hashes: Iterable[str]) -> int:
    """Take away all that was noted when whoever bears one of these was forgotten; gives how many hashes there were."""
    found = db.select_in("SELECT DISTINCT forgotten_at FROM suppression WHERE hash IN {in}", hashes)
    return sum(db.execute("DELETE FROM suppression WHERE forgotten_at = ?", tuple(row)) for row in found)


def since(db: Writer, hashes: Iterable[str]) -> str | None:
    """Tell when any of these was forgotten; None: never."""
    found = db.select_in("SELECT forgotten_at FROM suppression WHERE hash IN {in}", hashes)
    return min((row[0] for row in found), default=None)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of some table that may name somebody."""

    table: str
    key: tuple[Any, ...]
    texts: dict[str, str]
    """Column → its text; JSON as it is written."""


_KEPT_OUT = frozenset({"alembic_version", "mapping_version", "suppression", "state", "lease", "key_claim", "match_key"})
"""Tables that hold no text of anybody's."""


def naming(db: Writer, probes: Sequence[str]) -> Iterator[TextRow]:
    """Look through every text of the database for rows in which one of these stands."""
    for table in metadata.sorted_tables:
        columns = [c for c in table.columns if _is_text(c)]
        if table.name not in _KEPT_OUT and columns and probes:
            yield from _naming(db, table, columns, probes)


def _is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.Text) or column.type is Json


def _naming(db: Writer, table: sa.Table, columns: list[Any], probes: Sequence[str]) -> Iterator[TextRow]:
    keys = [str(c.name) for c in table.primary_key.columns]
    like = "LIKE" if db.is_sqlite else "ILIKE"
    texts = [_as_text(db, c) for c in columns]
    test = " OR ".join(f"{text} {like} ? ESCAPE '!'" for text in texts for _ in probes)
    values = [f"%{_escaped(probe)}%" for _ in texts for probe in probes]
    names = ", ".join(f'"{name}"' for name in keys)
    for row in db.select(f'SELECT {names}, {", ".join(texts)} FROM "{table.name}" WHERE {test}', values):
        told = {str(c.name): text for c, text in zip(columns, row[len(keys) :], strict=True) if text is not None}
        yield TextRow(table.name, tuple(row[: len(keys)]), told)


def _as_text(db: Writer, column: Any) -> str:
    return f'"{column.name}"' if db.is_sqlite or column.type is not Json else f'CAST("{column.name}" AS TEXT)'


def _escaped(probe: str) -> str:
    return probe.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def rewrite(db: Writer, row: TextRow, texts: dict[str, str | None]) -> None:
    """Let columns of a row hold other texts."""
    table = metadata.tables[row.table]
    keys = [str(c.name) for c in table.primary_key.columns]
    for name, text in texts.items():
        value = "CAST(? AS JSONB)" if not db.is_sqlite and table.columns[name].type is Json else "?"
        where = " AND ".join(f'"{key}" = ?' for key in keys)
        db.execute(f'UPDATE "{row.table}" SET "{name}" = {value} WHERE {where}', (text, *row.key))


def remove(db: Writer, table: str, column: str, values: Iterable[Any], also: tuple[str, Any] | None = None) -> int:
    """Remove the rows of a table in which a column is one of many values; gives how many."""
    condition, before = (f'"{also[0]}" = ? AND ', (also[1],)) if also else ("", ())
    return sum(
        db.execute(f'DELETE FROM "{table}" WHERE {condition}"{column}" = ?', (*before, value)) for value in values
    )


def people_merged_into(db: Writer, person_id: int) -> set[int]:
    """Give a person and all who went into them."""
    found, new = {person_id}, {person_id}
    while new:
        new = {row[0] for row in db.select_in("SELECT id FROM person WHERE merged_into IN {in}", new)} - found
        found |= new
    return found


def feeding(db: Writer, record_type: str, ids: Iterable[int]) -> list[tuple[int, bool]]:
    """List what feeds records: source record, and whether it is that one's identity link."""
    sql = "SELECT source_record_id, identity FROM link WHERE record_type = ? AND record_id IN {in}"
    return [(row[0], bool(row[1])) for row in db.select_in(sql, ids, (record_type,))]


def origins(db: Writer, ids: Iterable[int]) -> list[tuple[str, str, str]]:
    """Tell where source records come from: source, stream, source id."""
    sql = (
        "SELECT s.source, s.name, r.source_id FROM source_record r JOIN stream s ON s.id = r.stream_id "
        "WHERE r.id IN {in}"
    )
    return [(row[0], row[1], row[2]) for row in db.select_in(sql, ids)]


def said(db: Writer, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Fetch the fields of the drafts that source records stand by."""
    texts = db.select_in("SELECT good_drafts FROM source_record WHERE id IN {in}", ids)
    return [draft["fields"] for (text,) in texts if text for draft in (as_json(text) or {}).values()]


def unlinked(db: Writer, ids: Iterable[int]) -> set[int]:
    """Of source records, those that feed nothing: held, or waiting."""
    wanted = set(ids)
    linked = db.select_in("SELECT source_record_id FROM link WHERE source_record_id IN {in}", wanted)
    return wanted - {row[0] for row in linked}


def activities_at(db: Writer, kind: str, record_type: str, ids: Iterable[int]) -> list[int]:
    """List the activities of a kind that stand at records."""
    sql = f'SELECT id FROM "{kind}" WHERE resource_type = ? AND resource_id IN {{in}}'
    return [row[0] for row in db.select_in(sql, ids, (record_type,))]


def deals_with(db: Writer, contact_ids: Iterable[int]) -> list[tuple[int, int]]:
    """List the deals that are with contacts: deal, contact."""
    wanted, found = list(contact_ids), []
    for column in ("contact_id", "organization_id"):
        found += db.select_in(f"SELECT id, {column} FROM deal WHERE {column} IN {{in}}", wanted)
    return [(row[0], row[1]) for row in found]
