"""Custom fields as they are defined, and the records and hand edits that hold values of them."""

from __future__ import annotations

from collections.abc import Iterable

from sell_model.custom_fields import CUSTOM, Changes, CustomField, changes_of
from storage.hot import Writer
from storage.roster import hold
from storage.streams import as_json, json_text

_COLUMNS = "record_type, name, type, choices, former_names, former_choices, removed_at"
MOST = 5_000
"""More fields than Sell's limits allow on all record types together are not listed."""


def hold_fields(db: Writer, *, shared: bool = False) -> None:
    """Let nobody else define a custom field until the transaction ends.

    Args:
        shared: for whoever stores values by the definitions that they read: others may do so too.
    """
    hold(db, "custom fields", shared=shared)


def custom_fields(db: Writer, record_type: str | None = None, *, removed: bool = False) -> list[CustomField]:
    """List the custom fields of a record type, or of all, by type and name.

    Args:
        removed: those that were taken out, too.
    """
    where = "" if record_type is None else "WHERE record_type = ? "
    rows = db.select(
        f"SELECT {_COLUMNS} FROM custom_field {where}ORDER BY record_type, name LIMIT {MOST}",
        () if record_type is None else (record_type,),
    )
    return [field for field in map(_read, rows) if removed or not field.removed]


def changed_fields(db: Writer, record_type: str) -> Changes | None:
    """Gather what became of a record type's fields since values were kept; None: nothing, as in most hubs."""
    rows = db.select(
        f"SELECT {_COLUMNS} FROM custom_field WHERE record_type = ? "
        "AND (former_names IS NOT NULL OR former_choices IS NOT NULL OR removed_at IS NOT NULL)",
        (record_type,),
    )
    return changes_of([_read(row) for row in rows]) if rows else None


def _read(row: tuple[object, ...]) -> CustomField:
    record_type, name, type_, choices, names, former, removed_at = row
    return CustomField(
        str(record_type),
        str(name),
        type_,  # type: ignore[arg-type]
        tuple(as_json(choices) or ()),
        tuple(as_json(names) or ()),
        as_json(former) or {},
        removed_at is not None,
    )


def add_field(db: Writer, field: CustomField, now: str) -> None:
    """Define a field whose name no other of its record type has, or had and lost."""
    columns = (*_COLUMNS.split(", "), "created_at", "updated_at")
    db.insert("custom_field", columns, [(field.record_type, field.name, field.type, *_kept(field, now), now, now)])


def save_field(db: Writer, field: CustomField, now: str, *, name: str | None = None) -> None:
    """Write a field's definition.

    Args:
        name: under which it is stored until now, where it gets another one.
    """
    columns = ("name", "choices", "former_names", "former_choices", "removed_at", "updated_at")
    row = (field.name, *_kept(field, now), now, field.record_type, name or field.name)
    db.many(
        f"UPDATE custom_field SET {', '.join(f'{c} = ?' for c in columns)}, version = version + 1 "
        "WHERE record_type = ? AND name = ?",
        [row],
    )


def _kept(field: CustomField, now: str) -> tuple[str | None, ...]:
    return (
        json_text(list(field.choices)),
        json_text(list(field.former_names)) if field.former_names else None,
        json_text(dict(field.former_choices)) if field.former_choices else None,
        now if field.removed else None,
    )


_STANDING = {"lead": "t.merged_into IS NULL", "contact": "t.merged_into IS NULL", "deal": "1 = 1"}
"""What was merged into another record stays as it was: taken apart again, it is computed anew."""


def _holds(db: Writer, choice: str | None) -> str:
    """The condition that a record holds a value of a field, or one choice of it; binds the name, then the choice."""
    if db.is_sqlite:
        listed = "j.type = 'array' AND EXISTS (SELECT 1 FROM json_each(j.value) v WHERE v.value = ?)"
        chosen = "" if choice is None else f" AND (j.value = ? OR ({listed}))"
        return f"EXISTS (SELECT 1 FROM json_each(t.custom_fields) j WHERE j.key = ?{chosen})"
    if choice is None:
        return "jsonb_exists(t.custom_fields, CAST(? AS text))"
    return (
        "CAST(? AS text) IS NOT NULL AND (t.custom_fields ->> CAST(? AS text) = CAST(? AS text) "
        "OR jsonb_exists(t.custom_fields -> CAST(? AS text), CAST(? AS text)))"
    )


def _bound(db: Writer, name: str, choice: str | None) -> tuple[str, ...]:
    if choice is None:
        return (name,)
    return (name, choice, choice) if db.is_sqlite else (name, name, choice, name, choice)


def count_holding(db: Writer, kind: str, name: str, choice: str | None = None) -> int:
    """Count the records that hold a value of a field, or one choice of it; it reads them all."""
    sql = (
        f'SELECT COUNT(*) FROM "{kind}" t WHERE t.custom_fields IS NOT NULL AND {_STANDING[kind]} '
        f"AND {_holds(db, choice)}"
    )
    count: int = db.select(sql, _bound(db, name, choice))[0][0]
    return count


def holding(db: Writer, kind: str, name: str, choice: str | None, after: int, limit: int) -> list[int]:
    """List records that hold a value of a field, or one choice of it, by rising id from after one of them on."""
    sql = (
        f'SELECT t.id FROM "{kind}" t WHERE t.id > ? AND t.custom_fields IS NOT NULL AND {_STANDING[kind]} '
        f"AND {_holds(db, choice)} ORDER BY t.id LIMIT ?"
    )
    return [row[0] for row in db.select(sql, (after, *_bound(db, name, choice), limit))]


def edited(db: Writer, kind: str, name: str, after: int, limit: int) -> list[int]:
    """List records with a hand edit of a field under this name, by rising id from after one of them on."""
    sql = (
        "SELECT record_id FROM hand_edit WHERE record_type = ? AND field = ? AND record_id > ? "
        "ORDER BY record_id LIMIT ?"
    )
    return [row[0] for row in db.select(sql, (kind, f"{CUSTOM}{name}", after, limit))]


def count_edited(db: Writer, kind: str, name: str) -> int:
    """Count the hand edits of a field."""
    sql = "SELECT COUNT(*) FROM hand_edit WHERE record_type = ? AND field = ?"
    count: int = db.select(sql, (kind, f"{CUSTOM}{name}"))[0][0]
    return count


def rename_edits(db: Writer, kind: str, ids: Iterable[int], former: str, name: str) -> None:
    """Keep these records' hand edits of a field under its new name; one that is under it already holds."""
    wanted = list(ids)
    sql = "SELECT record_id FROM hand_edit WHERE record_type = ? AND field = ? AND record_id IN {in}"
    there = {row[0] for row in db.select_in(sql, wanted, (kind, f"{CUSTOM}{name}"))}
    drop_edits(db, kind, there, former)
    rows = [(f"{CUSTOM}{name}", kind, id_, f"{CUSTOM}{former}") for id_ in wanted if id_ not in there]
    db.update("hand_edit", ("field",), ("record_type", "record_id", "field"), rows)


def drop_edits(db: Writer, kind: str, ids: Iterable[int], name: str) -> None:
    """Forget these records' hand edits of a field."""
    db.delete("hand_edit", ("record_type", "record_id", "field"), [(kind, id_, f"{CUSTOM}{name}") for id_ in ids])
