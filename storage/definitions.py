"""Mapping versions that came into force."""

from __future__ import annotations

from storage.hot import Writer


def activate(db: Writer, name: str, version: str, text: str, now: str) -> None:
    """Remember a mapping version at its first use."""
    db.execute(
        "INSERT INTO mapping_version (name, version, yaml, activated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (name, version) DO NOTHING",
        (name, version, text, now),
    )


def bring_into_force(db: Writer, name: str, version: str, text: str, now: str) -> None:
    """Note that a version is the one that holds from now on, whether it is new or held before."""
    row = (name, version, text, now)
    db.upsert("mapping_version", ("name", "version", "yaml", "activated_at"), ("name", "version"), [row])


def in_force(db: Writer, name: str) -> tuple[str, str] | None:
    """Give the version that holds of what `bring_into_force` noted, and its text; None: there never was one."""
    rows = db.select(
        "SELECT version, yaml FROM mapping_version WHERE name = ? ORDER BY activated_at DESC LIMIT 1", (name,)
    )
    return (rows[0][0], rows[0][1]) if rows else None
