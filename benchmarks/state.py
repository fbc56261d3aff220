"""A hub's state by the source's own ids: what two runs that did the same must have in common.

Run ids and times are left out, and so are our own ids: an interrupted run may have spent some.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import orjson

from storage.canonical import COLUMNS
from storage.hot import Writer
from storage.store import Store

State: TypeAlias = dict[str, list[tuple[Any, ...]]]
"""What is compared → its rows, sorted."""

_TYPES = ("lead", "contact", "deal")
_OURS = {"person_id", "company_id", "merged_into", "contact_id", "organization_id", "parent_organization_id"}


def state_of(url: str) -> State:
    """Read a hub's state from its database."""
    store = Store(url)
    try:
        with store.read() as db:
            return _state(db)
    finally:
        store.close()


def sqlite_url(home: Path) -> str:
    """The URL of the SQLite database in a hub's home."""
    return f"sqlite:///{home / 'hub.db'}"


def _state(db: Writer) -> State:
    state: State = {kind: _records(db, kind) for kind in _TYPES}
    state["together"] = _groups(db)
    for name, sql in _QUERIES.items():
        state[name] = sorted(tuple(map(_plain, row)) for row in db.select(sql))
    return state


def _records(db: Writer, kind: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"t.{name}" for name in COLUMNS[kind] if name not in _OURS)
    rows = db.select(
        f"SELECT s.source, s.name, x.source_id, l.mapping, l.role, l.identity, {columns} FROM link l "
        "JOIN source_record x ON x.id = l.source_record_id JOIN stream s ON s.id = x.stream_id "
        f"JOIN \"{kind}\" t ON t.id = l.record_id WHERE l.record_type = '{kind}'"
    )
    return sorted(tuple(map(_plain, row)) for row in rows)


def _plain(value: Any) -> str:
    """Write a value so that both databases write it alike: truth as 0 or 1, JSON with sorted keys."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        value = orjson.loads(value)
    if isinstance(value, (dict, list)):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return str(int(value) if isinstance(value, bool) else value)


def _groups(db: Writer) -> list[tuple[Any, ...]]:
    """Which source records feed the same record."""
    rows = db.select(
        "SELECT l.record_type, l.record_id, s.source, s.name, x.source_id FROM link l "
        "JOIN source_record x ON x.id = l.source_record_id JOIN stream s ON s.id = x.stream_id"
    )
    groups: dict[tuple[str, int], list[tuple[str, str, str]]] = {}
    for record_type, record_id, *key in rows:
        groups.setdefault((record_type, record_id), []).append((key[0], key[1], key[2]))
    return sorted((kind, *sorted(members)) for (kind, _), members in groups.items())


_QUERIES = {
    "source_records": (
        "SELECT s.source, s.name, x.source_id, x.raw, x.good_drafts, x.outcome, x.deleted_at IS NULL, "
        "x.mapping_version "
        "FROM source_record x JOIN stream s ON s.id = x.stream_id"
    ),
    "keys": (
        "SELECT m.key, s.source, s.name, x.source_id FROM match_key m "
        "JOIN source_record x ON x.id = m.source_record_id JOIN stream s ON s.id = x.stream_id"
    ),
    "profiles": (
        "SELECT m.sort, m.data, s.source, s.name, x.source_id FROM profile m "
        "JOIN source_record x ON x.id = m.source_record_id JOIN stream s ON s.id = x.stream_id"
    ),
    "held": (
        "SELECT s.source, s.name, x.source_id, h.mapping, h.code, h.field FROM held h "
        "JOIN source_record x ON x.id = h.source_record_id JOIN stream s ON s.id = x.stream_id "
        "WHERE h.released_at IS NULL"
    ),
    "pending": "SELECT source, lookup, value, field FROM pending_ref",
    "turns": (
        "SELECT p.name, u.email, m.turns FROM pool_member m JOIN pool p ON p.id = m.pool_id "
        'JOIN "user" u ON u.id = m.user_id'
    ),
    "assignments": (
        "SELECT s.source, s.name, x.source_id, u.email FROM assignment a "
        "JOIN link l ON l.record_id = a.record_id AND l.record_type = a.record_type "
        "JOIN source_record x ON x.id = l.source_record_id JOIN stream s ON s.id = x.stream_id "
        'JOIN "user" u ON u.id = a.user_id WHERE a.given_back_at IS NULL'
    ),
    "cursors": "SELECT source, name, cursor FROM stream",
    "people": "SELECT COUNT(*), COUNT(merged_into) FROM person",
    "leads": "SELECT COUNT(*) FROM lead",
}


def differences(one: State, other: State) -> list[str]:
    """Say where two states differ, at most three rows each."""
    told = []
    for name, rows in one.items():
        here, there = set(rows) - set(other[name]), set(other[name]) - set(rows)
        if here or there or len(rows) != len(other[name]):
            told.append(f"{name}: only first {sorted(here)[:3]}, only second {sorted(there)[:3]}")
    return told
