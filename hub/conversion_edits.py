"""What people set by hand on a lead goes on to hold on the contact that it becomes, whoever converts it."""

from __future__ import annotations

from hub.batch import Batch
from hub.lead_voices import customs_between
from sell_model.conversion import edits_for_contact
from sell_model.custom_fields import CUSTOM
from storage import canonical, conversions
from storage.conversions import ConversionRow
from storage.custom_fields import changed_fields
from storage.hand_edits import any_hand_edits, hand_edits
from storage.hot import Writer


def copy_edits(
    db: Writer, lead_id: int, contact_id: int, *, is_company: bool = False, has_owner: bool = False
) -> list[str]:
    """Let what people set on the lead hold on the contact, but for what they set on the contact; gives the fields.

    Args:
        has_owner: the contact was there and keeps its owner: the lead was given to somebody, not the customer.
    """
    on_lead = hand_edits(db, "lead", [lead_id]).get(lead_id, {})
    if not on_lead:
        return []
    there = hand_edits(db, "contact", [contact_id]).get(contact_id, {})
    fields = edits_for_contact(on_lead, customs_between(db, "contact"), is_organization=is_company)
    fields = {from_: to for from_, to in fields.items() if to not in there}
    if has_owner:
        fields.pop("owner_id", None)
    conversions.copy_hand_edits(db, lead_id, contact_id, fields.items())
    return list(fields.values())


def copy_of_sources(db: Writer, batch: Batch) -> None:
    """Copy the edits of leads that their sources make contacts of."""
    pairs = dict(batch.converted)
    if not pairs or not any_hand_edits(db):
        return
    rows = canonical.load(db, "contact", pairs.values())
    for lead_id, contact_id in pairs.items():
        owned = contact_id in rows and rows[contact_id]["owner_id"] is not None
        if fields := copy_edits(db, lead_id, contact_id, has_owner=owned):
            batch.copied[lead_id] = [("contact", contact_id, field) for field in fields]


def own_edits(db: Writer, row: ConversionRow) -> list[tuple[str, int, str]]:
    """List the hand edits that a conversion made: record type, record, field; custom fields under today's names."""
    found: list[tuple[str, int, str]] = []
    for kind, id_, field in row.details.get("edits", ()):
        changes = changed_fields(db, kind) if field.startswith(CUSTOM) else None
        name = changes.name(field.removeprefix(CUSTOM)) if changes else None
        found.append((kind, id_, f"{CUSTOM}{name}" if name is not None else field))
    return found
