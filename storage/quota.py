"""What the workers of one account may call together, kept in `quota`: a row for each of its limits, one for rests.

Where a vendor limits connections, each worker that holds one has a row as well.

Times are seconds since 1970 by the database's clock, so that workers on two machines agree.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf

from sell_model.types import utc_text
from storage.allotting import Line, Told, portion
from storage.hot import Writer

REST = "rest"
HOLDS_CONNECTION = 240.0
"""Seconds for which a worker that is killed keeps a connection from others; longer than any call may take."""
_COLUMNS = ("account", "name", "kind", "most", "seconds", "used", "reserved", "until", "changed_at")


@dataclass(frozen=True, slots=True)
class Portion:
    """Calls that one worker took.

    Attributes:
        calls: how many; infinite where no limit is known.
        wait: seconds until there are some, when there are none.
        limits: names of those it was taken from.
        probes: of these, windows that began anew: the answer tells how much others have used.
        scarce: the limit that is waited for; empty: nothing is, or the vendor said to rest.
    """

    calls: float
    wait: float = 0.0
    limits: tuple[str, ...] = ()
    probes: frozenset[str] = frozenset()
    scarce: str = ""


def clock(db: Writer, ahead: float = 0.0) -> float:
    """Tell the time by the database: seconds since 1970.

    Args:
        ahead: seconds that a test passed over.
    """
    if db.is_sqlite:
        return time.time() + ahead
    return float(db.select("SELECT extract(epoch FROM clock_timestamp())")[0][0]) + ahead


def locked(db: Writer, account: str) -> dict[str, Line]:
    """Give an account's limits, and let no other worker change them until the transaction ends."""
    first = "INSERT INTO quota (account, name, kind, until) VALUES (?, ?, 'rest', 0) ON CONFLICT DO NOTHING"
    tail = "" if db.is_sqlite else " FOR UPDATE"
    mine = f"SELECT until FROM quota WHERE account = ? AND name = ?{tail}"
    if not db.select(mine, (account, REST)):
        db.execute(first, (account, REST))
        db.select(mine, (account, REST))
    return read(db, account)


def read(db: Writer, account: str) -> dict[str, Line]:
    """Give an account's limits by name, and under `rest` until when nobody may call."""
    sql = (
        "SELECT name, kind, most, seconds, used, reserved, until FROM quota "
        "WHERE account = ? AND kind <> 'connection' ORDER BY name"
    )
    return {
        name: Line(name, kind, most or 0.0, seconds or 0.0, used or 0.0, reserved or 0.0, until or 0.0)
        for name, kind, most, seconds, used, reserved, until in db.select(sql, (account,))
    }


def keep(db: Writer, account: str, lines: Sequence[Line], now: float) -> None:
    """Store limits."""
    at = utc_text(datetime.fromtimestamp(now, UTC))
    rows = [
        (account, line.name, line.kind, line.most, line.seconds, line.used, line.reserved, line.until, at)
        for line in lines
    ]
    db.many(
        f"INSERT INTO quota ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
        f"ON CONFLICT (account, name) DO UPDATE SET "
        f"{', '.join(f'{column} = excluded.{column}' for column in _COLUMNS[2:])}",
        rows,
    )


def reserve(
    db: Writer, account: str, own: Line | None, told: Sequence[Told], *, heard: bool, beside: bool, now: float
) -> Portion:
    """Take a portion of calls.

    Args:
        own: the pace of the one who asks, as one that nobody has used; others' paces do not bind it.
        told: what the vendor said since the last time.
        heard: whether this worker has had an answer; before it has, it takes one call where no limit is known.
        beside: the calls are taken from the windows by another pace that they keep as well.
    """
    known = locked(db, account)
    rest = known.pop(REST)
    known = _brought_up(known, told, now)
    if own is not None:
        known[own.name] = replace(known.get(own.name, own), most=own.most, seconds=own.seconds)
    asked = [
        line
        for line in known.values()
        if (line.kind == "window" and not beside) or (own is not None and line.name == own.name)
    ]
    calls = 0 if rest.until > now else portion(asked, now)
    if calls == inf:
        return Portion(inf if heard else 1)
    taken = [line.taken(int(calls), now) for line in asked] if calls else []
    keep(db, account, list((known | {line.name: line for line in taken}).values()), now)
    if calls:
        probes = frozenset(line.name for line in asked if line.kind == "window" and now >= line.until)
        return Portion(calls, limits=tuple(line.name for line in taken), probes=probes)
    slowest = max(asked, key=lambda line: line.wait(now), default=rest)
    wait = max(rest.until - now, slowest.wait(now) if asked else 0.0)
    return Portion(0, wait, scarce="" if rest.until > now else slowest.name)


def _brought_up(lines: dict[str, Line], told: Sequence[Told], now: float) -> dict[str, Line]:
    known = {name: line.at(now) for name, line in lines.items()}
    return known | {each.name: each.onto(known.get(each.name), now) for each in told}


def settle(db: Writer, account: str, portion: Portion, unused: int, told: Sequence[Told], now: float) -> None:
    """End a portion: what the vendor said of the calls made, and what was not used, which others may use now."""
    known = locked(db, account)
    del known[REST]
    counted = {each.name for each in told if each.ends > now}
    for name in portion.limits:
        if name in known:
            known[name] = known[name].settled(int(portion.calls), unused, told=name in counted)
            if name in portion.probes - counted:
                known[name] = known[name].begun_unheard(portion.calls - unused, now)
    keep(db, account, list(_brought_up(known, told, now).values()), now)


def rest(db: Writer, account: str, seconds: float, now: float) -> None:
    """Let no worker of an account call for so long; the longest wish holds."""
    before = locked(db, account)[REST]
    db.execute(
        "UPDATE quota SET until = ? WHERE account = ? AND name = ?", (max(before.until, now + seconds), account, REST)
    )


def connect(db: Writer, account: str, worker: str, most: int, now: float) -> bool:
    """Let a worker hold one of an account's connections for `HOLDS_CONNECTION` seconds; false: others hold all."""
    locked(db, account)
    db.execute("DELETE FROM quota WHERE account = ? AND kind = 'connection' AND until <= ?", (account, now))
    others = "SELECT COUNT(*) FROM quota WHERE account = ? AND kind = 'connection' AND name <> ?"
    if db.select(others, (account, worker))[0][0] >= most:
        return False
    at = utc_text(datetime.fromtimestamp(now, UTC))
    row = (account, worker, "connection", float(most), now + HOLDS_CONNECTION, at)
    db.upsert("quota", ("account", "name", "kind", "most", "until", "changed_at"), ("account", "name"), [row])
    return True


def disconnect(db: Writer, account: str, worker: str) -> None:
    """Give a connection back."""
    db.execute("DELETE FROM quota WHERE account = ? AND name = ? AND kind = 'connection'", (account, worker))


def usual_calls(db: Writer, source: str, stream: str, *, first: bool) -> float | None:
    """How many calls the last three good reads of a stream took, on the average; None: there is none.

    Args:
        first: those that read everything; else those that read what had changed.
    """
    sql = (
        "SELECT avg(calls) FROM (SELECT s.calls FROM run_stream s JOIN run r ON r.id = s.run_id "
        "JOIN stream t ON t.id = s.stream_id WHERE t.source = ? AND t.name = ? AND r.kind = 'sync' "
        "AND s.state IN ('done', 'done_with_held') AND s.calls > 0 "
        f"AND s.cursor_before IS {'' if first else 'NOT '}NULL ORDER BY s.run_id DESC LIMIT 3) AS last_ones"
    )
    found = db.select(sql, (source, stream))[0][0]
    return None if found is None else float(found)


def stream_cursor(db: Writer, source: str, stream: str) -> str | None:
    """Tell whether a stream was read before: its cursor's text, None when it was not."""
    rows = db.select("SELECT cursor FROM stream WHERE source = ? AND name = ?", (source, stream))
    return str(rows[0][0]) if rows and rows[0][0] is not None else None
