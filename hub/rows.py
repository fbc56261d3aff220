"""From what survives to a canonical row. Pure: fields and resolved references in, columns out."""

from __future__ import annotations

from collections.abc import Mapping

from hub.batch import Entity, Kind, Resolved
from sell_model.money import to_minor
from sell_model.survivorship import Survivors
from sell_model.targets import TARGETS
from sell_model.types import JsonObject
from storage.canonical import COLUMNS, CanonicalRow
from storage.hand_edits import HandEdit

DEFAULT_STATUS = "New"


def row_of(entity: Entity, survivors: Survivors, resolved: Mapping[int, Resolved], currency: str) -> CanonicalRow:
    """Compute a record's columns from what survives.

    Args:
        resolved: the references of each contribution, by `id()` of the contribution.
        currency: of an amount that came without one.
    """
    row: CanonicalRow = dict.fromkeys(COLUMNS[entity.kind])
    row["id"] = entity.id
    for name, value in survivors.fields.items():
        if name in row:
            row[name] = value
    _point(entity.kind, row, survivors, resolved)
    _SHAPES[entity.kind](entity, row, survivors.fields, currency)
    return row


def _point(kind: Kind, row: CanonicalRow, survivors: Survivors, resolved: Mapping[int, Resolved]) -> None:
    refs = TARGETS[kind].refs
    for name in survivors.refs:
        target = refs.get(name)
        if target is not None and target.column in row:
            row[target.column] = resolved[id(survivors.origin[name])].ids.get(target.column)


def _lead(entity: Entity, row: CanonicalRow, _fields: JsonObject, _currency: str) -> None:
    before = entity.row or {}
    row["person_id"] = entity.identity_id
    row["status"] = row["status"] or before.get("status") or DEFAULT_STATUS
    _carry(row, before, "owner_id", "deleted_at")
    row["merged_into"] = None if entity.voices else before.get("merged_into")


def _contact(entity: Entity, row: CanonicalRow, _fields: JsonObject, _currency: str) -> None:
    before = entity.row or {}
    row["is_organization"] = entity.is_company
    row["company_id" if entity.is_company else "person_id"] = entity.identity_id
    if entity.is_company:
        # A lead that was known by its company alone goes on as that company, and its person with it.
        _carry(row, before, "name", "person_id")
    else:
        _carry(row, before, "last_name")
        row["name"] = " ".join(part for part in (row["first_name"], row["last_name"]) if part) or row["name"]
    _carry(row, before, "owner_id", "contact_id", "customer_status", "prospect_status", "deleted_at")
    row["merged_into"] = None if entity.voices else before.get("merged_into")


_PROCESS = ("last_stage_change_at", "value_basis", "cloned_from_id", "part", "parts", "deleted_at")
"""What the sales process made of a deal."""


def _deal(entity: Entity, row: CanonicalRow, fields: JsonObject, currency: str) -> None:
    before = entity.row or {}
    if "value" in fields:
        row["currency"] = fields.get("currency") or currency
        row["value_minor"] = to_minor(fields["value"], row["currency"])
    primary = next((a["contact_id"] for a in entity.associated if a["is_primary"]), None)
    first = entity.associated[0]["contact_id"] if entity.associated else None
    row["contact_id"] = row["contact_id"] or primary or first or row["organization_id"]
    row["hot"] = bool(row["hot"])
    _carry(row, before, "owner_id", "stage_id", *_PROCESS)


def _association(_entity: Entity, row: CanonicalRow, fields: JsonObject, _currency: str) -> None:
    row["is_primary"] = bool(fields.get("is_primary"))
    row["origin"] = "record"


def _carry(row: CanonicalRow, before: CanonicalRow, *columns: str) -> None:
    """Keep what the process gave the record where no source says otherwise."""
    for column in columns:
        if row[column] is None:
            row[column] = before.get(column)


_SHAPES = {"lead": _lead, "contact": _contact, "deal": _deal, "association": _association}


def overlaid(entity: Entity, row: CanonicalRow, edits: Mapping[str, HandEdit]) -> CanonicalRow:
    """Lay over a row what people set by hand: it holds against what sources say.

    Tags keep what sources give, with those added and without those removed.
    """
    for name, edit in edits.items():
        if name == "tags":
            kept = [tag for tag in row["tags"] or () if tag not in edit.value["remove"]]
            row["tags"] = list(dict.fromkeys([*kept, *edit.value["add"]])) or None
        elif name == BESIDE:
            entity.associated = _with_beside(entity.associated, edit.value, row["contact_id"])
        elif name.startswith(CUSTOM):
            row["custom_fields"] = _with_custom(row["custom_fields"], name.removeprefix(CUSTOM), edit.value)
        elif name == "currency" and "value_minor" not in edits and row["value_minor"] is not None:
            continue  # the amount that came since is in minor units of its own currency
        else:
            row[name] = edit.value
    if entity.kind == "contact" and not row["is_organization"] and not edits.keys().isdisjoint(_NAMES):
        row["name"] = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    return row


CUSTOM = "custom_fields."
BESIDE = "associated_contacts"
"""Of a deal: contacts that people put beside it, with their roles, and those they took away:
`{"add": {"5": "Decision maker"}, "remove": [7]}`."""
_NAMES = ("first_name", "last_name")


def _with_beside(listed: list[JsonObject], edit: JsonObject, primary: int | None) -> list[JsonObject]:
    roles = {int(id_): role for id_, role in edit["add"].items()}
    kept = [a for a in listed if a["contact_id"] not in {*roles, *edit["remove"]}]
    added = [
        {"contact_id": id_, "role": role, "is_primary": id_ == primary, "by_hand": True} for id_, role in roles.items()
    ]
    return [*kept, *added]


def _with_custom(values: JsonObject | None, name: str, value: object) -> JsonObject | None:
    kept = {other: each for other, each in (values or {}).items() if other != name}
    return (kept if value is None else {**kept, name: value}) or None


def difference(before: CanonicalRow, after: CanonicalRow) -> JsonObject:
    """Give what stood in the columns that change."""
    return {name: before[name] for name in after if name in before and before[name] != after[name]}
