"""What filters can ask for just now: the users, and the values of each choice that exist."""

from __future__ import annotations

from sell_model.filters import Person
from storage.hot import Writer

MOST = 1_000
"""Of values that nobody defines, such as tags, so many are listed."""

_NAMES = {
    "source": "SELECT name FROM source WHERE resource_type = ? ORDER BY name LIMIT 1000",
    "unqualified_reason": "SELECT name FROM unqualified_reason WHERE resource_type = ? ORDER BY name LIMIT 1000",
    "pool": "SELECT name FROM pool WHERE record_type = ? ORDER BY name LIMIT 1000",
}
_OF_DEALS = {
    "loss_reason": "SELECT name FROM loss_reason ORDER BY name LIMIT 1000",
    "pipeline": "SELECT name FROM pipeline ORDER BY name LIMIT 1000",
    "stage": (
        "SELECT DISTINCT name, MIN(position) FROM stage WHERE removed_at IS NULL GROUP BY name "
        "ORDER BY MIN(position), name LIMIT 1000"
    ),
}
_OF_ALL = {
    "fed_by": "SELECT DISTINCT source FROM stream ORDER BY source LIMIT 1000",
    "team": 'SELECT DISTINCT team_name FROM "user" WHERE team_name IS NOT NULL ORDER BY team_name LIMIT 1000',
}


def people(db: Writer) -> list[Person]:
    """List the users, by id, each by the address, else by the name."""
    sql = "SELECT COALESCE(email, name), COALESCE(name, ''), COALESCE(team_name, '') FROM \"user\" ORDER BY id"
    return [Person(*row) for row in db.select(sql) if row[0]]


def choices(db: Writer, kind: str) -> dict[str, list[str]]:
    """List, by field, the values that exist of choices which a record type has."""
    found = {field: _names(db, sql, kind) for field, sql in _NAMES.items()}
    found |= {field: _names(db, sql) for field, sql in _OF_ALL.items()}
    if kind == "deal":
        found |= {field: _names(db, sql) for field, sql in _OF_DEALS.items()}
    if kind == "lead":
        found["status"] = _distinct(db, "status", "lead", "merged_into IS NULL AND deleted_at IS NULL")
    found["tags"] = _distinct(db, "value", "facet", f"record_type = '{kind}' AND field = 'tags'")
    return found


def _names(db: Writer, sql: str, *values: str) -> list[str]:
    return [row[0] for row in db.select(sql, values)]


def _distinct(db: Writer, column: str, table: str, where: str) -> list[str]:
    """List a column's values, from one to the next in its index: what it costs depends on their number alone."""
    sql = (
        f"WITH RECURSIVE each(v) AS (SELECT MIN({column}) FROM {table} WHERE {where} UNION ALL "
        f"SELECT (SELECT MIN({column}) FROM {table} WHERE {where} AND {column} > v) FROM each WHERE v IS NOT NULL) "
        f"SELECT v FROM each WHERE v IS NOT NULL LIMIT {MOST}"
    )
    return [row[0] for row in db.select(sql)]
