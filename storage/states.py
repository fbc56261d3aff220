"""How far the hub itself has come with what it does once."""

from __future__ import annotations

from collections.abc import Iterable

from storage.hot import Writer
from storage.roster import hold as hold_name


def hold(db: Writer) -> None:
    """Let nobody else change a state until the transaction ends."""
    hold_name(db, "states")


def state(db: Writer, name: str) -> str | None:
    """Read one; None: it was never set."""
    rows = db.select("SELECT value FROM state WHERE name = ?", (name,))
    return rows[0][0] if rows else None


def named(db: Writer, prefix: str) -> dict[str, str | None]:
    """Read those whose names begin so."""
    rows = db.select("SELECT name, value FROM state WHERE name LIKE ? ORDER BY name", (f"{prefix}%",))
    return {row[0]: row[1] for row in rows}


def drop(db: Writer, names: Iterable[str]) -> None:
    """Forget that they were ever set."""
    db.delete("state", ("name",), [(name,) for name in names])


def set_state(db: Writer, name: str, value: str | None) -> None:
    """Set one."""
    db.upsert("state", ("name", "value"), ("name",), [(name, value)])
