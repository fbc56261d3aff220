"""What people set by hand, as they call it: columns under the names of fields."""

from __future__ import annotations

from collections.abc import Iterable

from sell_model.custom_fields import CUSTOM
from sell_model.matching.normal_forms import folded

_NAMES = {
    ("contact", "contact_id"): "company",
    ("contact", "parent_organization_id"): "parent_organization",
    ("deal", "value_minor"): "value",
}
_TOGETHER = (
    frozenset({"value_minor", "currency"}),
    frozenset({"status", "unqualified_reason_id"}),
    frozenset({"stage_id", "last_stage_change_at", "loss_reason_id", "unqualified_reason_id"}),
)
"""Columns that mean nothing without each other are released together."""


def shown_field(kind: str, column: str) -> str:
    """Give the name under which `show` has a column.

    >>> shown_field("contact", "contact_id"), shown_field("lead", "owner_id"), shown_field("deal", "value_minor")
    ('company', 'owner', 'value')
    """
    return _NAMES.get((kind, column), column.removesuffix("_id") if not column.startswith(CUSTOM) else column)


def held_under(kind: str, name: str, held: Iterable[str]) -> list[str]:
    """Give the held columns that a field's name stands for, with those that hold together with them."""
    known = list(held)
    wanted = {c for c in known if name in {c, shown_field(kind, c)} or _same_custom(c, name)}
    for group in _TOGETHER:
        if wanted & group:
            wanted |= group & set(known)
    return [column for column in known if column in wanted]


def _same_custom(column: str, name: str) -> bool:
    return column.startswith(CUSTOM) and folded(column.removeprefix(CUSTOM)) == folded(name.removeprefix(CUSTOM))
