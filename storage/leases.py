"""One writer per sync: a lease with a fencing token. The dead on this host are released at once."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sell_model.errors import TransientError
from sell_model.types import utc_text
from storage.hot import Writer

if TYPE_CHECKING:
    from storage.store import Store

LEASE_SECONDS = 120
"""How long a lease holds without a batch; a dead process on this host loses it at once."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one sync: a name, and the token that fences off older holders."""

    name: str
    token: int


class LeaseLostError(TransientError):
    """Another run took over this sync; what this one had under way was not stored."""


class BusyError(TransientError):
    """Another process is running this sync."""


def expiry() -> str:
    """When a lease renewed now runs out."""
    return utc_text(datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS))


def renew(writer: Writer, lease: Lease) -> None:
    """Hold the lease for another while, as the first act of a transaction.

    Raises:
        LeaseLostError: somebody else holds it now.
    """
    sql = "UPDATE lease SET expires_at = ? WHERE name = ? AND token = ?"
    if writer.execute(sql, (expiry(), lease.name, lease.token)) != 1:
        raise LeaseLostError(
            f"another run took over {lease.name}; this one stopped and stored nothing more",
            fix="see who runs: sellhub run list",
        )


def acquire(store: Store, name: str) -> Lease:
    """Take the lease of that name, from nobody, from a dead process, or from one that went silent.

    Raises:
        BusyError: a living process holds it.
    """
    with store.write() as writer:
        return take(writer, name)


def take(writer: Writer, name: str) -> Lease:
    """Take a lease as the first act of a transaction; raises what `acquire` does."""
    # A first look without a lock: a living holder's batch, which locks the row, need not be waited for.
    if _last_token(writer, name) is None:
        free = "INSERT INTO lease (name, token, expires_at) VALUES (?, 0, '') ON CONFLICT (name) DO NOTHING"
        writer.execute(free, (name,))
    token = (_last_token(writer, name, lock=True) or 0) + 1
    writer.execute(
        "UPDATE lease SET token = ?, host = ?, pid = ?, started = ?, expires_at = ? WHERE name = ?",
        (token, socket.gethostname(), os.getpid(), _started(os.getpid()), expiry(), name),
    )
    return Lease(name, token)


def _last_token(writer: Writer, name: str, *, lock: bool = False) -> int | None:
    """Give the token that a lease bore last, once nobody holds it; None: it was never taken.

    Args:
        lock: on PostgreSQL, let nobody else take it until the transaction ends.
    """
    tail = " FOR UPDATE" if lock and not writer.is_sqlite else ""
    sql = f"SELECT token, host, pid, started, expires_at FROM lease WHERE name = ?{tail}"
    for token, host, pid, started, expires_at in writer.select(sql, (name,)):
        if _is_held(host, pid, started, expires_at):
            raise BusyError(
                f"{name} is being synced by process {pid} on {host}",
                fix=f"wait for it, or stop it; a process that died loses its hold after {LEASE_SECONDS} s",
            )
        return int(token)
    return None


def release(store: Store, lease: Lease) -> None:
    """Give the lease back; the token stays, so that it is never used twice."""
    with store.write() as writer:
        give_back(writer, lease)


def give_back(writer: Writer, lease: Lease) -> None:
    """Give a lease back as the last act of a transaction; one that was lost or given back is left alone."""
    writer.execute(
        "UPDATE lease SET expires_at = '', pid = NULL WHERE name = ? AND token = ?",
        (lease.name, lease.token),
    )


def _is_held(host: str, pid: int | None, started: str, expires_at: str) -> bool:
    if pid is None or expires_at < utc_text(datetime.now(UTC)):
        return False
    return host != socket.gethostname() or _started(pid) == started


def _started(pid: int) -> str:
    """Tell a process apart from a later one of the same number; empty when there is none.

    Field 22 of `/proc/PID/stat` is the start time; where there is no `/proc`, only whether it lives.
    """
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        return stat.read_text().rpartition(")")[2].split()[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
