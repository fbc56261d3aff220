"""Who was forgotten, as salted hashes; and the rows of everything that spoke of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sell_model.forgetting import FORGOTTEN
from storage.hot import PORTION, Writer
from storage.streams import as_json
from storage.tables import Json, metadata

SALT = "forgetting salt"
"""Name of the hub's state that holds the salt."""


def version(db: Writer) -> tuple[int, str | None]:
    """Tell by how many hashes there are and which is the latest whether anybody was forgotten, or let back, since."""
    count, latest = db.select("SELECT COUNT(*), MAX(forgotten_at) FROM suppression")[0]
    return count, latest


def forgotten(db: Writer) -> frozenset[str]:
    """Fetch all hashes."""
    return frozenset(row[0] for row in db.select("SELECT hash FROM suppression"))


def remember(db: Writer, hashes: Iterable[str], by: str, now: str) -> None:
    """Note hashes; those that are there stay as they are."""
    rows = [(each, now, by) for each in sorted(set(hashes))]
    sql = "INSERT INTO suppression (hash, forgotten_at, forgotten_by) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING"
    db.many(sql, rows)


def remember_beside(db: Writer, found: Iterable[tuple[str, str]]) -> None:
    """Note hashes of what was kept out, each with one by which it was: whoever is let back is let back with them."""
    sql = (
        "INSERT INTO suppression (hash, forgotten_at, forgotten_by) SELECT CAST(? AS TEXT), forgotten_at, forgotten_by "
        "FROM suppression WHERE hash = ? ON CONFLICT (hash) DO NOTHING"
    )
    db.many(sql, sorted(found))


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


_KEPT_OUT = frozenset(
    "alembic_version mapping_version suppression state lease key_claim match_key profile facet user outside_id".split()
)
"""Tables that hold no text of anybody's, or only what is made of others', or the accounts of those who work here."""
_AT_ONCE = 400
"""Tests in one query: SQLite takes no expression of more than a thousand."""


def naming(db: Writer, probes: Sequence[str], only: str | None = None) -> Iterator[TextRow]:
    """Look through every text of the database, or of one table, for rows in which one of these stands; each once."""
    for table in metadata.sorted_tables:
        columns = [c for c in table.columns if _is_text(c)]
        if table.name not in _KEPT_OUT and columns and only in {None, table.name}:
            size = max(_AT_ONCE // len(columns), 1)
            parts = [probes[start : start + size] for start in range(0, len(probes), size)]
            yield from {row.key: row for part in parts for row in _naming(db, table, columns, part)}.values()


def _is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.Text) or column.type is Json


def rows_of(db: Writer, table: str, ids: Iterable[int]) -> Iterator[TextRow]:
    """Give rows of a table by their ids."""
    columns = [c for c in metadata.tables[table].columns if _is_text(c)]
    listed = ", ".join(_as_text(db, c) for c in columns)
    for row in db.select_in(f'SELECT id, {listed} FROM "{table}" WHERE id IN {{in}}', ids):
        yield _text_row(table, columns, row[:1], row[1:])


def _naming(db: Writer, table: sa.Table, columns: list[Any], probes: Sequence[str]) -> Iterator[TextRow]:
    keys = [str(c.name) for c in table.primary_key.columns]
    like = "LIKE" if db.is_sqlite else "ILIKE"
    texts = [_as_text(db, c) for c in columns]
    test = " OR ".join(f"{text} {like} ? ESCAPE '!'" for text in texts for _ in probes)
    values = [f"%{_escaped(probe)}%" for _ in texts for probe in probes]
    names = ", ".join(f'"{name}"' for name in keys)
    for row in db.select(f'SELECT {names}, {", ".join(texts)} FROM "{table.name}" WHERE {test}', values):
        yield _text_row(table.name, columns, row[: len(keys)], row[len(keys) :])


def _text_row(table: str, columns: list[Any], key: Sequence[Any], texts: Sequence[Any]) -> TextRow:
    told = {str(c.name): text for c, text in zip(columns, texts, strict=True) if text is not None}
    return TextRow(table, tuple(key), told)


def _as_text(db: Writer, column: Any) -> str:
    return f'"{column.name}"' if db.is_sqlite or column.type is not Json else f'CAST("{column.name}" AS TEXT)'


def _escaped(probe: str) -> str:
    return probe.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def rewrite(db: Writer, row: TextRow, texts: dict[str, str | None]) -> None:
    """Let columns of a row hold other texts; one that may not be empty, or must differ, keeps a stand-in."""
    table = metadata.tables[row.table]
    keys = [str(c.name) for c in table.primary_key.columns]
    where = " AND ".join(f'"{key}" = ?' for key in keys)
    for name, text in texts.items():
        column = table.columns[name]
        value = "CAST(? AS JSONB)" if not db.is_sqlite and column.type is Json else "?"
        stands = FORGOTTEN if text is None and not column.nullable else text
        if name in _differing(table):
            stands = f"{text or FORGOTTEN} {'/'.join(map(str, row.key))}"
        db.execute(f'UPDATE "{row.table}" SET "{name}" = {value} WHERE {where}', (stands, *row.key))


def _differing(table: sa.Table) -> set[str]:
    """Columns of which no two rows may have the same."""
    unique = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    return {str(column.name) for constraint in unique for column in constraint.columns}


def remove(db: Writer, table: str, column: str, values: Iterable[Any], also: tuple[str, Any] | None = None) -> int:
    """Remove the rows of a table in which a column is one of many values; gives how many."""
    condition, before = (f'"{also[0]}" = ? AND ', (also[1],)) if also else ("", ())
    wanted, gone = list(values), 0
    for start in range(0, len(wanted), PORTION):
        part = wanted[start : start + PORTION]
        marks = ", ".join("?" * len(part))
        gone += db.execute(f'DELETE FROM "{table}" WHERE {condition}"{column}" IN ({marks})', (*before, *part))
    return gone


def phones_of_others(db: Writer, phones: Iterable[str], people: Iterable[int]) -> set[str]:
    """Of these numbers, those that leads and contacts bear who are none of these people: a household's, an office's."""
    wanted, theirs, found = list(phones), set(people), set()
    for kind in ("lead", "contact"):
        for column in ("phone", "mobile", "fax"):
            sql = f"SELECT person_id, {column} FROM {kind} WHERE {column} IN {{in}}"
            found |= {row[1] for row in db.select_in(sql, wanted) if row[0] not in theirs}
    return found


def namesakes(db: Writer, surnames: Iterable[str], people: Iterable[int]) -> set[tuple[str, str]]:
    """Give the first and last names of others who bear one of these surnames, in small letters."""
    wanted, theirs, found = list(surnames), set(people), set()
    for kind in ("lead", "contact"):
        sql = f"SELECT person_id, first_name, last_name FROM {kind} WHERE last_name IN {{in}}"
        rows = [row for row in db.select_in(sql, wanted) if row[0] not in theirs]
        found |= {((row[1] or "").casefold(), row[2].casefold()) for row in rows}
    return found


def staff(db: Writer) -> set[str]:
    """Give the names and the addresses of the hub's users, in small letters."""
    return {text.casefold() for row in db.select('SELECT name, email FROM "user"') for text in row if text}


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
    """Fetch the drafts that source records stand by, as JSON."""
    texts = db.select_in("SELECT good_drafts FROM source_record WHERE id IN {in}", ids)
    return [draft for (text,) in texts if text for draft in (as_json(text) or {}).values()]


def said_of(db: Writer, record_type: str, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Fetch the drafts by which source records feed records, as JSON: those of people whom a deal implies, too."""
    sql = (
        "SELECT r.good_drafts, l.mapping FROM link l JOIN source_record r ON r.id = l.source_record_id "
        "WHERE l.record_type = ? AND l.record_id IN {in}"
    )
    texts = db.select_in(sql, ids, (record_type,))
    drafts = ((as_json(text) or {}).get(mapping) for text, mapping in texts if text)
    return [draft for draft in drafts if draft is not None]


def links_of(db: Writer, ids: Iterable[int]) -> list[tuple[int, str, int]]:
    """List what source records feed: source record, record type, record."""
    sql = "SELECT source_record_id, record_type, record_id FROM link WHERE source_record_id IN {in}"
    return [(row[0], row[1], row[2]) for row in db.select_in(sql, ids)]


def unlinked(db: Writer, ids: Iterable[int]) -> set[int]:
    """Of source records, those that feed nothing: held, or waiting."""
    wanted = set(ids)
    linked = db.select_in("SELECT source_record_id FROM link WHERE source_record_id IN {in}", wanted)
    return wanted - {row[0] for row in linked}


def activities_at(db: Writer, kind: str, record_type: str, ids: Iterable[int]) -> list[int]:
    """List the activities of a kind that stand at records."""
    sql = f'SELECT id FROM "{kind}" WHERE resource_type = ? AND resource_id IN {{in}}'
    return [row[0] for row in db.select_in(sql, ids, (record_type,))]


def removed_at(db: Writer, kind: str, record_type: str, ids: Iterable[int]) -> list[int]:
    """List the activities of a kind that stood at records and were removed: the journal holds what they said."""
    wanted = set(ids)
    rows = db.select("SELECT record_id, data FROM journal WHERE kind = ? AND op = 'removed'", (kind,)) if wanted else ()
    told = ((id_, as_json(data) or {}) for id_, data in rows)
    return [id_ for id_, was in told if was.get("resource_type") == record_type and was.get("resource_id") in wanted]


def deals_with(db: Writer, contact_ids: Iterable[int]) -> list[tuple[int, int]]:
    """List the deals that are with contacts: deal, contact."""
    wanted, found = list(contact_ids), []
    for column in ("contact_id", "organization_id"):
        found += db.select_in(f"SELECT id, {column} FROM deal WHERE {column} IN {{in}}", wanted)
    return [(row[0], row[1]) for row in found]
