"""Where each field that filters name stands in the database."""

from __future__ import annotations

from collections.abc import Callable

from sell_model.filters.fields import CUSTOM, Field
from storage.list_sources import Column, Either, Facet, FedBy, Figure, LastPool, Lookup, OpenTickets, Source
from storage.list_text_sources import AddressPart, CustomText, FullName

_USER = ('"user" u', "u.id", "COALESCE(u.email, u.name)")
_STAGE = "stage x JOIN pipeline p ON p.id = x.pipeline_id"
_TEXTS = ("last_name", "first_name", "name", "organization_name", "email")
_INDEXED = {
    "lead": {"status": "ix_lead_status", **dict.fromkeys(_TEXTS, "ix_lead_names")},
    "contact": {"customer_status": "ix_contact_customer_status", **dict.fromkeys(_TEXTS, "ix_contact_names")},
    "deal": {"estimated_close_date": "ix_deal_estimated_close_date"},
}
_FIGURES = {
    "last_activity": ("last_activity_at", "ix_figure_last_activity_at"),
    "last_communication": ("last_communication_at", "ix_figure_last_communication_at"),
    "next_task": ("next_task_at", "ix_figure_next_task_at"),
    "last_activity_type": ("last_activity_type", ""),
    "last_communication_type": ("last_communication_type", ""),
}


def source_of(kind: str, field: Field, *, is_sqlite: bool) -> Source:
    """Tell where a field's values stand; of an age, where the time stands whose age it is."""
    name = field.over or field.name
    if field.custom:
        has_facets = field.kind != "text"
        return Facet(kind, f"{CUSTOM}{field.custom}") if has_facets else CustomText(field, is_sqlite)
    if field.part:
        return AddressPart(field.name.partition(".")[0], field.part, is_sqlite)
    if name in _FIGURES:
        return Figure(kind, *_FIGURES[name])
    if (kind, name) == ("lead", "name"):
        return FullName(is_sqlite)
    if name == "added_at":
        return Either(kind, "t.added_at", "t.created_at", f"ix_{kind}_added_at")
    if special := _SPECIAL.get((kind, name)) or _SPECIAL.get(("", name)):
        return special(kind)
    return Column(kind, f"t.{name}", _INDEXED[kind].get(name, ""))


_SPECIAL: dict[tuple[str, str], Callable[[str], Source]] = {
    ("", "tags"): lambda kind: Facet(kind, "tags"),
    ("", "owner"): lambda kind: Lookup(kind, "owner_id", *_USER, f"ix_{kind}_owner_id"),
    ("", "team"): lambda kind: Lookup(kind, "owner_id", '"user" u', "u.id", "u.team_name", f"ix_{kind}_owner_id"),
    ("", "pool"): LastPool,
    ("", "fed_by"): FedBy,
    ("", "open_tickets"): OpenTickets,
    ("", "has_next_task"): lambda kind: Column(
        kind,
        "EXISTS (SELECT 1 FROM figure f "
        f"WHERE f.record_type = '{kind}' AND f.record_id = t.id AND f.next_task_id IS NOT NULL)",
    ),
    ("lead", "source"): lambda kind: Lookup(kind, "source_id", "source s", "s.id", "s.name", "ix_lead_source_id"),
    ("deal", "source"): lambda kind: Lookup(kind, "source_id", "source s", "s.id", "s.name"),
    ("", "unqualified_reason"): lambda kind: Lookup(
        kind, "unqualified_reason_id", "unqualified_reason r", "r.id", "r.name"
    ),
    ("deal", "loss_reason"): lambda kind: Lookup(kind, "loss_reason_id", "loss_reason r", "r.id", "r.name"),
    ("contact", "company"): lambda kind: Lookup(
        kind, "contact_id", "contact c", "c.id", "c.name", "ix_contact_contact_id"
    ),
    ("contact", "parent_organization"): lambda kind: Lookup(
        kind, "parent_organization_id", "contact c", "c.id", "c.name", "ix_contact_parent_organization_id"
    ),
    ("deal", "contact"): lambda kind: Lookup(kind, "contact_id", "contact c", "c.id", "c.name", "ix_deal_contact_id"),
    ("deal", "organization"): lambda kind: Lookup(
        kind, "organization_id", "contact c", "c.id", "c.name", "ix_deal_organization_id"
    ),
    ("deal", "stage"): lambda kind: Lookup(kind, "stage_id", "stage x", "x.id", "x.name", "ix_deal_stage_id"),
    ("deal", "stage_category"): lambda kind: Lookup(
        kind, "stage_id", "stage x", "x.id", "x.category", "ix_deal_stage_id"
    ),
    ("deal", "pipeline"): lambda kind: Lookup(kind, "stage_id", _STAGE, "x.id", "p.name", "ix_deal_stage_id"),
    ("deal", "win_likelihood"): lambda kind: Column(
        kind, "COALESCE(t.customized_win_likelihood, (SELECT x.likelihood FROM stage x WHERE x.id = t.stage_id))"
    ),
    ("deal", "value"): lambda kind: Column(kind, "t.value_minor"),
}
"""Record type (or any) and field → where it stands, where it is no plain column."""
