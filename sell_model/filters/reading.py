"""A record's values in the form in which filters compare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Context as DecimalContext
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from sell_model.filters.fields import Field
from sell_model.types import utc_text

Record: TypeAlias = Mapping[str, Any]
"""A record by Sell's field names, as `lead show --json` gives it: owner as e-mail (`owner_email`, else `owner`),
stage, source and reasons by name, `value` as decimal text beside `currency`, times as ISO 8601 UTC text,
`custom_fields` by name. A figure may bear the filter's name or the figure table's: `last_activity` or
`last_activity_at`. What is missing is empty."""

DECIMALS = Decimal("1e-10")
LARGEST = Decimal(10) ** 20
PRECISE = DecimalContext(prec=40)
"""Numbers of custom fields are compared up to this size and to ten decimals."""

NOTHING = (None, "", ())
"""What counts as empty."""


def kept_number(value: object) -> Decimal | None:
    """Give a number as comparisons take it, to ten decimals; None for what is none, or too large."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= LARGEST:
        return None
    kept = number.quantize(DECIMALS, context=PRECISE)
    return kept if abs(kept) < LARGEST else None


def read_field(field: Field, record: Record) -> Any:
    """Take a field's value from a record, in the form in which its kind is compared; None for none."""
    if field.custom:
        value = (record.get("custom_fields") or {}).get(field.custom)
        return _taken(field, (value or {}).get(field.part) if field.part and isinstance(value, Mapping) else value)
    if field.part:
        return _taken(field, (record.get(field.name.partition(".")[0]) or {}).get(field.part))
    special = _SPECIAL.get(field.over or field.name)
    return _taken(field, special(record) if special else record.get(field.over or field.name))


def _taken(field: Field, value: Any) -> Any:
    match field.kind:
        case "number":
            return kept_number(value)
        case "money":
            return value
        case "tags":
            return tuple(value) if isinstance(value, (list, tuple)) else ()
        case "bool":
            return value if isinstance(value, bool) else None
    if isinstance(value, datetime):
        return utc_text(value)
    return value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else None


def _either(*names: str) -> Callable[[Record], Any]:
    return lambda record: next((record[name] for name in names if record.get(name) is not None), None)


def _name(record: Record) -> Any:
    if "name" in record:  # of contacts and deals
        return record["name"]
    whole = " ".join(part for part in (record.get("first_name"), record.get("last_name")) if part)
    return whole or record.get("organization_name")


def _value(record: Record) -> Any:
    amount, currency = record.get("value"), record.get("currency")
    return None if amount is None or not currency else (str(amount), str(currency))


_SPECIAL: dict[str, Callable[[Record], Any]] = {
    "name": _name,
    "value": _value,
    "owner": _either("owner_email", "owner"),
    "team": _either("team", "owner_team"),
    "last_activity": _either("last_activity", "last_activity_at"),
    "last_communication": _either("last_communication", "last_communication_at"),
    "next_task": _either("next_task", "next_task_at"),
    "win_likelihood": _either("win_likelihood", "customized_win_likelihood", "stage_likelihood"),
    "added_at": _either("added_at", "created_at"),
    "has_next_task": lambda record: record.get("next_task_id") is not None or record.get("has_next_task"),
    "open_tickets": lambda record: record.get("open_tickets") or 0,
}
