"""What users are told of the records that they got: which runs have been told, by which channel, how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.hot import PORTION, Writer
from storage.streams import as_json, json_text

NAMED = 20
"""Records that a notification names; it counts them all."""
MOST_ATTEMPTS = 5
"""So often a channel that fails is tried."""
_OWN_DOING = "(a.how = 'hand' AND a.assigned_by IS NOT NULL AND LOWER(a.assigned_by) = LOWER(COALESCE(u.email, '')))"
"""Whoever gave a record to themselves knows it."""
_TELLING = (
    "SELECT user_id, record_type, id, record_id, total FROM (SELECT a.user_id, a.record_type, a.id, a.record_id, "
    "COUNT(*) OVER (PARTITION BY a.user_id, a.record_type) AS total, "
    "ROW_NUMBER() OVER (PARTITION BY a.user_id, a.record_type ORDER BY a.id) AS place "
    'FROM assignment a JOIN "user" u ON u.id = a.user_id '
    f"WHERE NOT {_OWN_DOING} AND a.id IN (SELECT MAX(l.id) FROM assignment l "
    "WHERE l.given_back_at IS NULL AND l.run_id IN {in} GROUP BY l.run_id, l.record_type, l.record_id)"
    f") AS told WHERE place <= {NAMED} ORDER BY user_id, record_type, id"
)
"""Of each record, whom it was given to last in a run; of each user's, the first twenty and how many there are."""


def pass_over_silent_runs(db: Writer, now: str) -> None:
    """Note the finished runs in which nobody got anything as told."""
    db.execute(
        "UPDATE run SET notified_at = ? WHERE notified_at IS NULL AND finished_at IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.run_id = run.id AND a.given_back_at IS NULL)",
        (now,),
    )


@dataclass(frozen=True, slots=True)
class Untold:
    """A finished run of which nobody has been told."""

    id: int
    kind: str
    options: str
    """As JSON text; the same for all runs that one doing took."""


def untold_runs(db: Writer) -> list[Untold]:
    """List the finished runs of which nobody has been told, by id; at most 500."""
    sql = "SELECT id, kind, options FROM run WHERE notified_at IS NULL AND finished_at IS NOT NULL ORDER BY id LIMIT ?"
    rows = db.select(sql, (PORTION,))
    return [Untold(row[0], row[1], json_text(as_json(row[2])) or "") for row in rows]


@dataclass(frozen=True, slots=True)
class News:
    """What a user got by some runs."""

    user_id: int
    record_type: str
    count: int
    ids: list[int]
    """The first twenty, in the order in which they were given."""


def news_of(db: Writer, runs: Sequence[int]) -> list[News]:
    """Tell who got what by these runs, their own doing left out; at most 500 runs."""
    told: dict[tuple[int, str], News] = {}
    for user_id, record_type, _, record_id, total in db.select_in(_TELLING, runs):
        news = told.setdefault((user_id, record_type), News(user_id, record_type, total, []))
        if len(news.ids) < NAMED:
            news.ids.append(record_id)
    return list(told.values())


def mark_told(db: Writer, runs: Iterable[int], now: str) -> None:
    """Note that of these runs everybody concerned is being told."""
    db.update("run", ("notified_at",), ("id",), [(now, id_) for id_ in runs])


@dataclass(frozen=True, slots=True)
class Choice:
    """By which channels a user wants to be told; what nobody chose is as it comes."""

    web: bool = True
    email: bool = True
    chat: str | None = None
    """A reference to an Apprise URL, such as `env:ANN_CHAT`."""


def choices(db: Writer, user_ids: Iterable[int]) -> dict[int, Choice]:
    """Read what users chose."""
    sql = "SELECT user_id, web, email, chat FROM notification_choice WHERE user_id IN {in}"
    return {row[0]: Choice(bool(row[1]), bool(row[2]), row[3]) for row in db.select_in(sql, user_ids)}


def choose(db: Writer, user_id: int, choice: Choice) -> None:
    """Keep what a user chose."""
    columns = ("user_id", "web", "email", "chat")
    db.upsert("notification_choice", columns, columns[:1], [(user_id, choice.web, choice.email, choice.chat)])


def add(db: Writer, run_id: int, news: News, text: str, channels: Iterable[str], now: str) -> None:
    """Add a notification, to be delivered by these channels; the web's is delivered by standing there."""
    id_ = next(db.allocate("notification", 1))
    columns = ("id", "user_id", "run_id", "record_type", "count", "record_ids", "text", "created_at")
    row = (id_, news.user_id, run_id, news.record_type, news.count, json_text(news.ids), text, now)
    db.insert("notification", columns, [row])
    rows = [(id_, channel, "sent" if channel == "web" else "pending", now, 0) for channel in channels]
    db.insert("notification_delivery", ("notification_id", "channel", "state", "changed_at", "attempts"), rows)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification by one channel."""

    notification_id: int
    channel: str
    """`web`, `email` or `chat`."""
    state: str
    """`pending`, `sending`, `sent`, `failed`, or `unsure`: whoever sent it died over it."""
    error: str | None
    changed_at: str
    attempts: int


_DELIVERY = "SELECT notification_id, channel, state, error, changed_at, attempts FROM notification_delivery "


def due(db: Writer, *, without: str = "", rested: Sequence[str] | None = None) -> list[Delivery]:
    """List what is to be sent: what waits, then what failed less than five times; at most 100.

    Args:
        without: a channel that is down.
        rested: of what failed once, twice, … only what failed before these times; None: all of it.
    """
    again, values = _to_be_tried_again(rested)
    rows = db.select(
        _DELIVERY + f"WHERE (state = 'pending' OR {again}) AND channel <> ? "
        "ORDER BY CASE state WHEN 'pending' THEN 0 ELSE 1 END, notification_id, channel LIMIT 100",
        (*values, without),
    )
    return [Delivery(*row) for row in rows]


def _to_be_tried_again(rested: Sequence[str] | None) -> tuple[str, tuple[str | int, ...]]:
    if rested is None:
        return "(state = 'failed' AND attempts < ?)", (MOST_ATTEMPTS,)
    each = " OR ".join(f"(attempts = {number} AND changed_at <= ?)" for number in range(1, len(rested) + 1))
    return f"(state = 'failed' AND ({each}))", tuple(rested)


def anything_to_send(db: Writer, rested: Sequence[str] | None = None) -> bool:
    """Whether something waits, is to be tried again, or was under way when its sender died or is so still."""
    again, values = _to_be_tried_again(rested)
    sql = f"SELECT 1 FROM notification_delivery WHERE state IN ('pending', 'sending') OR {again} LIMIT 1"
    return bool(db.select(sql, values))


def doubt_what_was_under_way(db: Writer, now: str) -> None:
    """Note what somebody was sending who is no more: it may have arrived, so it is not sent again."""
    sql = "UPDATE notification_delivery SET state = 'unsure', changed_at = ? WHERE state = 'sending'"
    db.execute(sql, (now,))


def begin(db: Writer, delivery: Delivery, now: str) -> None:
    """Note that a delivery is being sent, under the lease of whoever sends."""
    sql = (
        "UPDATE notification_delivery SET state = 'sending', attempts = attempts + 1, error = NULL, changed_at = ? "
        "WHERE notification_id = ? AND channel = ?"
    )
    db.execute(sql, (now, delivery.notification_id, delivery.channel))


def end(db: Writer, delivery: Delivery, error: str | None, now: str) -> None:
    """Note how a delivery ended."""
    columns = ("state", "error", "changed_at")
    row = ("failed" if error else "sent", error, now, delivery.notification_id, delivery.channel)
    db.update("notification_delivery", columns, ("notification_id", "channel"), [row])


@dataclass(frozen=True, slots=True)
class Notification:
    """What a user is told of."""

    id: int
    user_id: int
    user: str | None
    email: str | None
    run_id: int
    record_type: str
    count: int
    ids: list[int]
    text: str
    created_at: str
    read_at: str | None
    deliveries: list[Delivery] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notifications a list is to show.

    Attributes:
        user_id: those of one user.
        unread: those not yet read.
        failed: those that a channel did not take, or of which that is unsure, whatever the web shows.
        after: the last id of the page before.
    """

    user_id: int | None = None
    unread: bool = False
    failed: bool = False
    after: int | None = None


_COLUMNS = (
    "SELECT n.id, n.user_id, COALESCE(u.name, u.email), u.email, n.run_id, n.record_type, n.count, n.record_ids, "
    'n.text, n.created_at, n.read_at FROM notification n LEFT JOIN "user" u ON u.id = n.user_id '
)
_HAS = "EXISTS (SELECT 1 FROM notification_delivery d WHERE d.notification_id = n.id AND {0})"


def notifications(db: Writer, wanted: Wanted, limit: int) -> list[Notification]:
    """List what users are told, newest first: what the web shows, or what did not arrive."""
    clauses = [_HAS.format("d.state IN ('failed', 'unsure')" if wanted.failed else "d.channel = 'web'")]
    values: list[int] = []
    if wanted.user_id is not None:
        clauses.append("n.user_id = ?")
        values.append(wanted.user_id)
    if wanted.unread:
        clauses.append("n.read_at IS NULL")
    if wanted.after is not None:
        clauses.append("n.id < ?")
        values.append(wanted.after)
    sql = f"{_COLUMNS} WHERE {' AND '.join(clauses)} ORDER BY n.id DESC LIMIT ?"
    return _with_deliveries(db, db.select(sql, (*values, limit)))


def find(db: Writer, ids: Iterable[int]) -> list[Notification]:
    """Fetch notifications by id."""
    return _with_deliveries(db, db.select_in(f"{_COLUMNS} WHERE n.id IN {{in}}", ids))


def _with_deliveries(db: Writer, rows: Sequence[Any]) -> list[Notification]:
    by_id: dict[int, list[Delivery]] = {}
    sql = _DELIVERY + "WHERE notification_id IN {in} ORDER BY channel"
    for row in db.select_in(sql, [row[0] for row in rows]):
        by_id.setdefault(row[0], []).append(Delivery(*row))
    return [Notification(*[*row[:7], as_json(row[7]) or [], *row[8:], by_id.get(row[0], [])]) for row in rows]


def mark_read(db: Writer, ids: Iterable[int], now: str) -> None:
    """Note that notifications were read."""
    db.update("notification", ("read_at",), ("id",), [(now, id_) for id_ in ids])


def unread(db: Writer, user_id: int | None) -> list[int]:
    """List the ids of what was not read, of one user or of all."""
    whose, values = ("AND user_id = ?", (user_id,)) if user_id is not None else ("", ())
    return [
        row[0] for row in db.select(f"SELECT id FROM notification WHERE read_at IS NULL {whose} ORDER BY id", values)
    ]


def not_arrived(db: Writer) -> dict[str, int]:
    """Count what has not arrived: what waits, failed, is under way, or unsure; how many by state."""
    sql = "SELECT state, COUNT(*) FROM notification_delivery WHERE state <> 'sent' GROUP BY state"
    rows = db.select(sql)
    return {row[0]: row[1] for row in rows}


_NAMES = {
    "lead": "first_name, last_name, organization_name",
    "contact": "name, NULL, NULL",
    "deal": "name, NULL, NULL",
}


def names(db: Writer, record_type: str, ids: Iterable[int]) -> dict[int, str]:
    """Name records as people call them: `Ann Li, Acme`; those that are no more are left out."""
    rows = db.select_in(f"SELECT id, {_NAMES[record_type]} FROM {record_type} WHERE id IN {{in}}", ids)
    found = {}
    for id_, first, last, organization in rows:
        person = " ".join(part for part in (first, last) if part)
        found[id_] = ", ".join(part for part in (person, organization) if part)
    return found
