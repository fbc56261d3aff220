"""HubSpot's object types: what differs between them, as the vendor numbers and names it."""

from __future__ import annotations

ACTIVITIES = ("notes", "tasks", "calls", "meetings", "emails")

MODIFIED = {
    "contacts": "lastmodifieddate",
    **dict.fromkeys(("companies", "deals", "leads", *ACTIVITIES), "hs_lastmodifieddate"),
}
"""The property that holds a type's time of change: contacts are the exception."""

CREATED = {kind: "createdate" if kind in {"contacts", "companies", "deals"} else "hs_createdate" for kind in MODIFIED}
"""The property that holds a type's time of creation."""

SINGULAR = {kind: "company" if kind == "companies" else kind.removesuffix("s") for kind in MODIFIED}

SCOPES = {
    **{kind: f"crm.objects.{kind}.read" for kind in ("contacts", "companies", "deals", "leads", "owners")},
    **dict.fromkeys(("notes", "tasks", "calls", "meetings"), "crm.objects.contacts.read"),
    "emails": "sales-email-read",
}
"""The scope without which a type is refused."""

DEFAULTS = {
    "contacts": ("email", "firstname", "lastname"),
    "companies": ("domain", "name"),
    "deals": ("amount", "closedate", "dealname", "dealstage", "pipeline"),
}
"""The properties given when none are asked for."""

PRIMARY_COMPANY = {"contacts": "associatedcompanyid", "deals": "hs_primary_associated_company"}

_PLAIN_IDS = {
    ("contacts", "companies"): 279, ("companies", "contacts"): 280, ("deals", "contacts"): 3, ("contacts", "deals"): 4,
    ("deals", "companies"): 341, ("companies", "deals"): 342, ("leads", "contacts"): 578, ("leads", "companies"): 610,
    ("notes", "contacts"): 202, ("notes", "companies"): 190, ("notes", "deals"): 214,
    ("tasks", "contacts"): 204, ("tasks", "companies"): 192, ("tasks", "deals"): 216,
    ("calls", "contacts"): 194, ("calls", "companies"): 182, ("calls", "deals"): 206,
    ("meetings", "contacts"): 200, ("meetings", "companies"): 188, ("meetings", "deals"): 212,
    ("emails", "contacts"): 198, ("emails", "companies"): 186, ("emails", "deals"): 210,
}  # fmt: skip
_PRIMARY_IDS = {
    ("contacts", "companies"): 1, ("companies", "contacts"): 2, ("deals", "companies"): 5, ("companies", "deals"): 6,
}  # fmt: skip


def type_ids(kind: str, to: str) -> tuple[int, int | None]:
    """Give the ids of an association's types: the plain one, and the one that marks the primary company."""
    plain = _PLAIN_IDS.get((kind, to)) or _PLAIN_IDS[to, kind] - 1
    return plain, _PRIMARY_IDS.get((kind, to))
