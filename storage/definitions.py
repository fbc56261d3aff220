"""What admins define: mapping versions that came into force, custom fields and their types."""

from __future__ import annotations

from collections.abc import Sequence

from storage.hot import Writer
from storage.roster import hold
from storage.streams import as_json, json_text


def activate(db: Writer, name: str, version: str, text: str, now: str) -> None:
    """Remember a mapping version at its first use."""
    db.execute(
        "INSERT INTO mapping_version (name, version, yaml, activated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (name, version) DO NOTHING",
        (name, version, text, now),
    )


def define_custom_field(db: Writer, record_type: str, name: str, type_: str, choices: Sequence[str], now: str) -> None:
    """Define a custom field; one that is there keeps its type and gains new choices."""
    known = _choices(db, record_type, name)
    if known is not None and set(choices) <= set(known):
        return
    hold(db, "custom fields")
    known = _choices(db, record_type, name)  # again: another process may have defined it meanwhile
    if known is None:
        columns = ("record_type", "name", "type", "choices", "created_at", "updated_at")
        db.insert("custom_field", columns, [(record_type, name, type_, json_text(list(choices)), now, now)])
    else:
        sql = "UPDATE custom_field SET choices = ?, updated_at = ? WHERE record_type = ? AND name = ?"
        db.execute(sql, (json_text(list(dict.fromkeys([*known, *choices]))), now, record_type, name))


def _choices(db: Writer, record_type: str, name: str) -> list[str] | None:
    rows = db.select("SELECT choices FROM custom_field WHERE record_type = ? AND name = ?", (record_type, name))
    return (as_json(rows[0][0]) or []) if rows else None
