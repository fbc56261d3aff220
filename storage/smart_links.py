"""Smart links as they are kept: a name and a template per type of record."""

from __future__ import annotations

from dataclasses import dataclass

from storage.hot import Writer

MOST = 100
"""Links of one type of record."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A smart link."""

    record_type: str
    name: str
    template: str


def smart_links(db: Writer, record_type: str | None = None) -> list[LinkRow]:
    """List the links of a type of record, or of all, by name."""
    narrowed = "WHERE record_type = ? " if record_type else ""
    sql = f"SELECT record_type, name, template FROM smart_link {narrowed}ORDER BY record_type, name LIMIT ?"
    values = (record_type, 3 * MOST) if record_type else (3 * MOST,)
    return [LinkRow(*row) for row in db.select(sql, values)]


def keep(db: Writer, link: LinkRow, now: str) -> None:
    """Add a link, or give the one of that name another template."""
    db.execute(
        "INSERT INTO smart_link (record_type, name, template, created_at, updated_at, version) "
        "VALUES (?, ?, ?, ?, ?, 1) "
        "ON CONFLICT (record_type, name) DO UPDATE SET template = excluded.template, "
        "updated_at = excluded.updated_at, version = smart_link.version + 1",
        (link.record_type, link.name, link.template, now, now),
    )


def remove(db: Writer, record_type: str, name: str) -> bool:
    """Take a link away; false: there was none of that name."""
    return db.execute("DELETE FROM smart_link WHERE record_type = ? AND name = ?", (record_type, name)) == 1
