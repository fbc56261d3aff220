"""The deal that is made with a conversion: in a pipeline's first active stage, both contacts beside it."""

from __future__ import annotations

from hub.by_hand import Hand
from hub.conversion_wishes import Terms
from hub.lead_voices import customs_between
from sell_model.conversion import deal_name, values_of
from sell_model.draft import Draft, Ref
from storage import canonical
from storage.canonical import CanonicalRow
from storage.roster import users


def add_deal(hand: Hand, lead: CanonicalRow, terms: Terms, person: int | None, company: int | None) -> int:
    """Make the deal; gives its id. The person is its primary contact, the company stands beside it as involved.

    Args:
        lead: references by name beside it.
    """
    contacts = canonical.load(hand.db, "contact", [id_ for id_ in (person, company) if id_ is not None])
    fields = dict(terms.deal or {})
    names = [contacts[id_]["name"] if id_ is not None else None for id_ in (company, person)]
    fields["name"] = deal_name(fields.get("name"), *names)
    fields |= values_of(lead, ("tags",))
    custom, _ = customs_between(hand.db, "deal").carried(lead["custom_fields"])
    if custom:
        fields["custom_fields"] = custom
    primary = person if person is not None else company
    refs = {"contact": Ref("contact", str(primary)), "stage": Ref("stage", str(terms.stage_id))}
    if person is not None and company is not None:
        refs["company"] = Ref("company", str(company))
    if lead["source"]:
        refs["source"] = Ref("source", lead["source"], otherwise="create")
    if owner := _owner(hand, lead):
        refs["owner"] = owner
    beside = [_beside(primary, is_primary=True)]
    beside += [_beside(company, is_primary=False)] if primary != company and company is not None else []
    return hand.add(Draft("deal", fields, refs, {"associated_contacts": beside}))


def _beside(contact_id: int | None, *, is_primary: bool) -> Draft:
    fields = {"is_primary": True} if is_primary else {"role": "involved"}
    return Draft("association", fields, {"contact": Ref("contact", str(contact_id))})


def _owner(hand: Hand, lead: CanonicalRow) -> Ref | None:
    """Name the lead's owner as a reference does."""
    user = next((user for user in users(hand.db) if user.id == lead["owner_id"]), None)
    said = (user.email or user.name) if user is not None else None
    return Ref("owner", said) if said else None
