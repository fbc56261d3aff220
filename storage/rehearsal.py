"""What runs held, made and left unknown: read inside a rehearsal, before it is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from sell_model.draft import Draft, Reason
from storage.hot import Writer
from storage.streams import as_json

KINDS = ("lead", "contact", "deal")
"""What has an owner."""


@dataclass(frozen=True, slots=True)
class HeldExample:
    """One held record with all its reasons."""

    source: str
    stream: str
    source_id: str
    mapping: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many records somebody has of a kind; nobody: what is left without an owner."""

    owner: str | None
    kind: str
    count: int


def first_held(db: Writer, run_ids: Sequence[int], limit: int = 10) -> list[HeldExample]:
    """Give the first records that these runs hold, in the order in which they came."""
    rows = db.select_in(
        "SELECT s.source, s.name, r.source_id, h.mapping, h.reasons FROM held h "
        "JOIN source_record r ON r.id = h.source_record_id JOIN stream s ON s.id = r.stream_id "
        f"WHERE h.released_at IS NULL AND h.run_id IN {{in}} ORDER BY h.id LIMIT {int(limit)}",
        run_ids,
    )
    return [HeldExample(row[0], row[1], row[2], row[3], _reasons(row[4])) for row in rows[:limit]]


def held_reasons(db: Writer, run_id: int) -> Iterator[Reason]:
    """Go through every reason for which a run holds a record."""
    last = 0
    while rows := db.select(
        "SELECT id, reasons FROM held WHERE released_at IS NULL AND run_id = ? AND id > ? ORDER BY id LIMIT 1000",
        (run_id, last),
    ):
        for _, reasons in rows:
            yield from _reasons(reasons)
        last = rows[-1][0]


def drafts_of(db: Writer, run_id: int) -> Iterator[Draft]:
    """Go through the good drafts of all that a run took in or changed."""
    last = 0
    while rows := db.select(
        "SELECT id, good_drafts FROM source_record WHERE run_id = ? AND id > ? ORDER BY id LIMIT 1000",
        (run_id, last),
    ):
        for _, drafts in rows:
            yield from (Draft.from_json(data) for data in orjson.loads(drafts or "{}").values())
        last = rows[-1][0]


def newest_ids(db: Writer) -> dict[str, int]:
    """Give the highest id of each kind of record, so that what comes later can be told apart."""
    return {kind: db.select(f"SELECT COALESCE(MAX(id), 0) FROM {kind}")[0][0] for kind in KINDS}


def owners_of_new(db: Writer, run_ids: Sequence[int], before: Mapping[str, int], limit: int = 100) -> list[Share]:
    """Tell who owns how many of the records that these runs made, the largest share first.

    Args:
        before: what `newest_ids` gave before the runs.
    """
    shares: list[Share] = []
    for kind in KINDS:
        rows = db.select_in(
            f"SELECT COALESCE(u.email, u.name), COUNT(DISTINCT t.id) FROM {kind} t "
            f"LEFT JOIN \"user\" u ON u.id = t.owner_id JOIN link l ON l.record_type = '{kind}' AND l.record_id = t.id "
            "JOIN source_record r ON r.id = l.source_record_id "
            f"WHERE t.id > ? AND r.run_id IN {{in}} GROUP BY u.id, u.email, u.name LIMIT {int(limit)}",
            run_ids,
            (before[kind],),
        )
        shares += [Share(owner, kind, count) for owner, count in rows]
    return sorted(shares, key=lambda share: (-share.count, share.owner or "", share.kind))[:limit]


def _reasons(stored: object) -> tuple[Reason, ...]:
    return tuple(Reason.from_json(reason) for reason in as_json(stored))
