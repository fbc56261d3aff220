"""The hub's own tokens, by which others may send to a source and read leads. Only hashes of them are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.hot import Writer
from storage.streams import as_json, json_text

MOST = 1_000
"""Tokens that are listed at most."""
_COLUMNS = "id, name, source, scopes, created_by, created_at, last_used_at, revoked_at, hash"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, without what it says."""

    id: int
    name: str
    source: str
    """The source that it sends to."""
    scopes: tuple[str, ...]
    created_by: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None
    hash: str
    """SHA-256 of its text, in hexadecimal."""


def add(db: Writer, name: str, source: str, scopes: Iterable[str], hashed: str, by: str, now: str) -> TokenRow:
    """Keep a new token."""
    row = TokenRow(next(db.allocate("token", 1)), name, source, tuple(scopes), by, now, None, None, hashed)
    columns = ("id", "name", "source", "scopes", "created_by", "created_at", "hash")
    db.insert("token", columns, [(row.id, name, source, json_text(list(row.scopes)), by, now, hashed)])
    return row


def find(db: Writer, hashed: str) -> TokenRow | None:
    """Find the token of a hash, revoked ones too."""
    rows = db.select(f"SELECT {_COLUMNS} FROM token WHERE hash = ?", (hashed,))
    return _read(rows[0]) if rows else None


def standing(db: Writer, name: str) -> TokenRow | None:
    """Find the token of that name which is not revoked."""
    rows = db.select(f"SELECT {_COLUMNS} FROM token WHERE name = ? AND revoked_at IS NULL", (name,))
    return _read(rows[0]) if rows else None


def tokens(db: Writer, *, revoked: bool = False) -> list[TokenRow]:
    """List tokens, the oldest first; at most 1,000.

    Args:
        revoked: those too that hold no more.
    """
    where = "" if revoked else "WHERE revoked_at IS NULL "
    return [_read(row) for row in db.select(f"SELECT {_COLUMNS} FROM token {where}ORDER BY id LIMIT {MOST}")]


def revoke(db: Writer, token_id: int, now: str) -> None:
    """Let a token hold no more; its name is free again."""
    db.execute("UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, token_id))


def note_used(db: Writer, used: Iterable[tuple[str, str]]) -> None:
    """Note when tokens were last used: hash, time."""
    db.update("token", ("last_used_at",), ("hash",), [(at, hashed) for hashed, at in used])


def _read(row: tuple[object, ...]) -> TokenRow:
    id_, name, source, scopes, by, made, used, revoked, hashed = row
    return TokenRow(
        int(str(id_)),
        str(name),
        str(source),
        tuple(as_json(scopes) or ()),
        str(by),
        str(made),
        None if used is None else str(used),
        None if revoked is None else str(revoked),
        str(hashed),
    )
