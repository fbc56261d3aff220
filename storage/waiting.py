"""Source records that wait for something that comes by itself: a person, or a time."""

from __future__ import annotations

from collections.abc import Iterable

from storage.hot import Writer
from storage.streams import as_json


def of_stream(db: Writer, stream_id: int, ids: Iterable[int]) -> set[int]:
    """Give those of these source records that are a stream's."""
    sql = "SELECT id FROM source_record WHERE stream_id = ? AND id IN {in}"
    return {row[0] for row in db.select_in(sql, ids, (stream_id,))}


def until_now(db: Writer, stream_id: int, code: str, now: str) -> set[int]:
    """List a stream's source records that are held until a time which has come: the first reason's value.

    Args:
        code: of the reason that names the time.
    """
    sql = (
        "SELECT r.id, h.reasons FROM held h JOIN source_record r ON r.id = h.source_record_id "
        "WHERE h.released_at IS NULL AND h.code = ? AND r.stream_id = ?"
    )
    return {id_ for id_, reasons in db.select(sql, (code, stream_id)) if as_json(reasons)[0]["value"] <= now}
