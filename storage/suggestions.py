"""Addresses that nobody bears: what waits for them, and what people decided about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What one source has of one address."""

    source: str
    address: str
    count: int
    first_at: str | None
    last_at: str | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What somebody decided about an address, or about a domain (`@example.com`)."""

    id: int
    address: str
    state: str | None
    """`accepted` or `ignored`; None: it is being decided."""
    record_type: str | None
    record_id: int | None
    decided_by: str | None
    decided_at: str | None


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """One record that waits for an address."""

    source: str
    source_id: str
    raw: str
    at: str | None


_WAITING = (
    "FROM pending_ref p JOIN source_record r ON r.id = p.source_record_id JOIN stream s ON s.id = r.stream_id "
    "WHERE p.lookup = 'person' AND s.connector = ? AND r.deleted_at IS NULL"
)


def waiting(db: Writer, connector: str) -> list[WaitingRow]:
    """Count what waits by source and address, of the sources of one kind."""
    sql = (
        "SELECT p.source, p.value, COUNT(DISTINCT r.id), MIN(r.changed_at), MAX(r.changed_at) "
        f"{_WAITING} GROUP BY p.source, p.value"
    )
    return [WaitingRow(*row) for row in db.select(sql, (connector,))]


def mails(db: Writer, connector: str, addresses: Iterable[str], limit: int) -> list[WaitingMail]:
    """Fetch what waits for one person's addresses, the newest first."""
    sql = f"SELECT p.source, r.source_id, r.raw, r.changed_at {_WAITING} AND p.value IN {{in}}"
    found = [WaitingMail(*row) for row in db.select_in(sql, addresses, (connector,))]
    return sorted(found, key=lambda mail: mail.at or "", reverse=True)[:limit]


_COLUMNS = "id, address, state, record_type, record_id, decided_by, decided_at"


def decisions(db: Writer, state: str) -> list[DecisionRow]:
    """List the decisions of a kind, the newest first."""
    sql = f"SELECT {_COLUMNS} FROM suggestion WHERE state = ? ORDER BY decided_at DESC, id DESC"
    return [DecisionRow(*row) for row in db.select(sql, (state,))]


def decided(db: Writer, addresses: Iterable[str]) -> dict[str, DecisionRow]:
    """Fetch what was decided about addresses and domains."""
    rows = db.select_in(f"SELECT {_COLUMNS} FROM suggestion WHERE state IS NOT NULL AND address IN {{in}}", addresses)
    return {row[1]: DecisionRow(*row) for row in rows}


def hold(db: Writer, address: str) -> DecisionRow:
    """Lock the place of a decision until the transaction ends: who decides the same meanwhile waits, and sees it."""
    db.execute("INSERT INTO suggestion (address) VALUES (?) ON CONFLICT (address) DO NOTHING", (address,))
    lock = "" if db.is_sqlite else " FOR UPDATE"
    return DecisionRow(*db.select(f"SELECT {_COLUMNS} FROM suggestion WHERE address = ?{lock}", (address,))[0])


def decide(
    db: Writer,
    id_: int,
    state: str,
    by: str,
    now: str,
    record: tuple[str, int] | None = None,
    run_id: int | None = None,
) -> None:
    """Keep a decision."""
    kind, record_id = record or (None, None)
    db.execute(
        "UPDATE suggestion SET state = ?, record_type = ?, record_id = ?, run_id = ?, decided_by = ?, decided_at = ? "
        "WHERE id = ?",
        (state, kind, record_id, run_id, by, now, id_),
    )


def forget(db: Writer, id_: int) -> None:
    """Let a decision be none."""
    db.delete("suggestion", ("id",), [(id_,)])
