"""What changed between two states of a record, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.held_fields import shown_field
from hub.records import with_amount
from sell_model.custom_fields import CUSTOM
from sell_model.types import JsonObject

_UNTOLD = frozenset("id person_id company_id owner_email created_at updated_at version pipeline_id added_at".split())


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is another now, with values as `show` gives them."""

    field: str
    before: Any
    after: Any


def name_of(row: JsonObject) -> str:
    """Give what a record is called."""
    name = " ".join(part for part in (row.get("first_name"), row.get("last_name")) if part)
    return row.get("name") or name or row.get("organization_name") or ""


def changes_between(kind: str, before: JsonObject, after: JsonObject) -> Iterator[Change]:
    """Tell what changed between two states of a record, references by name."""
    first, then = with_amount(before), with_amount(after)
    for column, value in then.items():
        if column in _UNTOLD or f"{column}_id" in then or value == first[column]:
            continue
        if column == "custom_fields":
            old, new = first[column] or {}, value or {}
            names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
            yield from (Change(f"{CUSTOM}{name}", old.get(name), new.get(name)) for name in names)
        else:
            name = shown_field(kind, column)
            yield Change(name, _called(first, column, name), _called(then, column, name))


def _called(row: JsonObject, column: str, name: str) -> Any:
    return row[column] if row[column] is None or name not in row else row[name]
