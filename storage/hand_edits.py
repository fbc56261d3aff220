"""What people changed by hand: it holds against what sources say until it is released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class HandEdit:
    """One field of one record as somebody set it."""

    field: str
    """A column of the canonical table, `custom_fields.NAME`, or `tags`."""
    value: Any
    """What stands then, None for nothing; of `tags` what was added and removed: `{"add": […], "remove": […]}`."""
    edited_by: str
    edited_at: str


def hand_edits(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, dict[str, HandEdit]]:
    """Fetch the edits that hold, by record and field."""
    columns = "record_id, field, value, edited_by, edited_at"
    sql = f"SELECT {columns} FROM hand_edit WHERE record_type = ? AND record_id IN {{in}}"
    found: dict[int, dict[str, HandEdit]] = {}
    for record_id, field, value, by, at in db.select_in(sql, ids, (kind,)):
        found.setdefault(record_id, {})[field] = HandEdit(field, orjson.loads(value), by, at)
    return found


def any_hand_edits(db: Writer) -> bool:
    """Whether anybody ever edited anything: most hubs that only load have no such row."""
    return bool(db.select("SELECT 1 FROM hand_edit LIMIT 1"))


def keep_hand_edits(db: Writer, kind: str, id_: int, edits: Mapping[str, Any], by: str, now: str) -> None:
    """Let these values hold from now on, in place of those set before."""
    columns = ("record_type", "record_id", "field", "value", "edited_by", "edited_at")
    rows = [(kind, id_, field, orjson.dumps(value).decode(), by, now) for field, value in edits.items()]
    db.upsert("hand_edit", columns, columns[:3], rows)


def keep_field(db: Writer, kind: str, field: str, values: Mapping[int, Any], by: str, now: str) -> None:
    """Let one field of many records, each with its own value, hold from now on."""
    columns = ("record_type", "record_id", "field", "value", "edited_by", "edited_at")
    rows = [(kind, id_, field, orjson.dumps(value).decode(), by, now) for id_, value in values.items()]
    db.upsert("hand_edit", columns, columns[:3], rows)


def hold_again(db: Writer, kind: str, id_: int, field: str, value: Any, by: str, at: str) -> None:
    """Put back an edit that was let go, unless another one stands in its place."""
    if field not in hand_edits(db, kind, [id_]).get(id_, {}):
        keep_hand_edits(db, kind, id_, {field: value}, by, at)


def release(db: Writer, kind: str, id_: int, fields: Iterable[str]) -> None:
    """Let sources speak again for these fields."""
    db.delete("hand_edit", ("record_type", "record_id", "field"), [(kind, id_, field) for field in fields])
